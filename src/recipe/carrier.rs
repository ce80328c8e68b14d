//! Whatever may carry a recipe: a recipe file, the folder of a `run`, a picture, or any other file
//! with a link in it.

use std::io::{Cursor, Read as _};
use std::path::Path;

use zip::ZipArchive;

use super::{Recipe, RecipeError, link};
use crate::files::{input, limits};
use crate::knobs::{Role, Value};

/// The recipe in the folder of a run.
pub const SCENARIO: &str = "scenario.toml";

/// The data of a run, in its folder.
pub const DATASET: &str = "dataset.npz";

/// Reads the recipe that a file or a folder carries. Errors name the file.
///
/// If its file of data is not where the recipe says, it is looked for beside the recipe; in the folder of a run, the
/// data themselves are.
pub fn open(path: &Path) -> Result<Recipe, RecipeError> {
    let mut recipe = read_recipe(path)?;
    let folder = if input::is_folder(path) {
        Some(path)
    } else {
        path.parent()
    };
    if let Some(folder) = folder {
        find_data(&mut recipe, folder);
    }
    Ok(recipe)
}

/// Whether a file is what a run has written about its data into the folder that `carrier` is or is in.
pub fn is_own_data(carrier: &Path, file: &Path) -> bool {
    let folder = if input::is_folder(carrier) {
        Some(carrier)
    } else {
        carrier.parent()
    };
    folder.is_some_and(|folder| {
        folder.join(DATASET) == file && input::is_file(&folder.join(SCENARIO))
    })
}

/// Points a recipe to its data if they are not where it says.
fn find_data(recipe: &mut Recipe, folder: &Path) {
    let Some(named) = recipe.knobs.data_file() else {
        return;
    };
    // One that is not known of in a moment is left as it is.
    if named.as_os_str().is_empty() || input::is_there(&named) != Some(false) {
        return;
    }
    let beside = named.file_name().map(|name| folder.join(name));
    let places = [Some(folder.join(&named)), beside];
    let checksum = recipe.knobs.value_of(Role::DataChecksum).cloned();
    let found = places
        .into_iter()
        .flatten()
        .find(|place| input::is_file(place));
    let (place, checksum) = match found {
        Some(place) => (place, checksum),
        // Written by the run itself: its own checksums tell whether it is whole.
        None if input::is_file(&folder.join(DATASET)) && input::is_file(&folder.join(SCENARIO)) => {
            (folder.join(DATASET), None)
        }
        None => return,
    };
    // A path is taken as it is; where a table of a lab has no checksum, there is none to keep.
    let path = Value::Word(place.display().to_string());
    drop(recipe.knobs.set_of(Role::DataFile, path));
    if let Some(checksum) = checksum {
        drop(recipe.knobs.set_of(Role::DataChecksum, checksum));
    }
}

/// What is needed of a run's folder that comes as an archive, with or without the folder in it, to be kept in a folder:
/// the recipe and the data, by name.
pub fn unpack(archive: Vec<u8>) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let changed = |error: &dyn std::fmt::Display| format!("it is cut off or changed ({error})");
    let archive = ZipArchive::new(Cursor::new(archive));
    let mut archive = archive.map_err(|error| changed(&error))?;
    let names: Vec<String> = archive.file_names().flatten().map(Into::into).collect();
    let mut found = Vec::new();
    for (wanted, most) in [
        (SCENARIO, limits::RECIPE as u64),
        (DATASET, limits::BROUGHT),
    ] {
        let is_wanted = |name: &&String| {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            file == wanted && !folder.contains('/')
        };
        let Some(name) = names.iter().find(is_wanted) else {
            continue;
        };
        let file = archive.by_name(name).map_err(|error| changed(&error))?;
        let mut bytes = Vec::new();
        let read = file.take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| changed(&error))?;
        if bytes.len() as u64 > most {
            return Err(format!("its {wanted}: {}", input::too_large(most)));
        }
        found.push((wanted, bytes));
    }
    if found.iter().any(|(name, _)| *name == SCENARIO) {
        return Ok(found);
    }
    Err(format!(
        "the archive has no {SCENARIO}: choose one of a folder that `run` has made"
    ))
}

fn read_recipe(path: &Path) -> Result<Recipe, RecipeError> {
    if input::is_folder(path) {
        let scenario = path.join(SCENARIO);
        if !input::is_file(&scenario) {
            return Err(nothing(
                path,
                "the folder has no scenario.toml; choose one that `run` has made",
            ));
        }
        return open_file(&scenario);
    }
    open_file(path)
}

fn open_file(path: &Path) -> Result<Recipe, RecipeError> {
    let bytes = input::read_beginning(path, limits::CARRIER);
    let bytes = bytes.map_err(|reason| RecipeError::Unreadable {
        path: path.display().to_string(),
        reason,
    })?;
    read(path, &bytes)
}

/// Reads the recipe that the bytes of a file carry. Errors name the file.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Recipe, RecipeError> {
    recipe_in(path, bytes)?.map_err(|source| RecipeError::In {
        path: path.display().to_string(),
        source: Box::new(source),
    })
}

/// What these bytes say, or that they say nothing.
fn recipe_in(path: &Path, bytes: &[u8]) -> Result<Result<Recipe, RecipeError>, RecipeError> {
    let is_recipe_file = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let text = str::from_utf8(bytes).ok();
    if is_recipe_file {
        let text = text.ok_or_else(|| RecipeError::Malformed("it is not text".to_owned()));
        return Ok(text.and_then(Recipe::from_toml));
    }
    if let Some(link) = link::find(bytes) {
        return Ok(link::decode(link));
    }
    // A recipe by another name.
    match text {
        Some(text) if is_recipe(text) => Ok(Recipe::from_toml(text)),
        _ => Err(nothing(
            path,
            "there is no link in it; pictures saved by Implicit Bias Lab have one, unless another program has \
             written them anew",
        )),
    }
}

fn is_recipe(text: &str) -> bool {
    text.len() <= limits::RECIPE
        && text
            .parse::<toml::Table>()
            .is_ok_and(|table| table.contains_key("format"))
}

fn nothing(path: &Path, reason: &str) -> RecipeError {
    RecipeError::Nothing {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_of_a_run_holds_its_recipe_and_its_data_with_or_without_a_folder() {
        let whole = archive(&[
            ("run/GD.npz", b"g"),
            ("run/dataset.npz", b"d"),
            ("run/scenario.toml", b"s"),
            ("run/deeper/scenario.toml", b"x"),
        ]);
        let expected = [(SCENARIO, b"s".to_vec()), (DATASET, b"d".to_vec())];
        assert_eq!(unpack(whole.clone()).unwrap(), expected);
        let bare = archive(&[("scenario.toml", b"s")]);
        assert_eq!(unpack(bare).unwrap(), expected[..1]);
        for length in 0..whole.len() {
            drop(unpack(whole[..length].to_vec()));
        }
        let error = unpack(archive(&[("a.txt", b"")])).unwrap_err();
        assert!(error.contains("no scenario.toml"), "{error}");
        let error = unpack(b"PK".to_vec()).unwrap_err();
        assert!(error.contains("cut off or changed"), "{error}");
    }
}
