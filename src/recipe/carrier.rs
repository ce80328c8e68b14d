//! Whatever may carry a recipe: a recipe file, the folder of a `run`, a picture, or any other file
//! with a link in it.

use std::path::Path;

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
    let folder = if path.is_dir() {
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
    let folder = if carrier.is_dir() {
        Some(carrier)
    } else {
        carrier.parent()
    };
    folder.is_some_and(|folder| folder.join(DATASET) == file && folder.join(SCENARIO).is_file())
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
    let found = places.into_iter().flatten().find(|place| place.is_file());
    let (place, checksum) = match found {
        Some(place) => (place, checksum),
        // Written by the run itself: its own checksums tell whether it is whole.
        None if folder.join(DATASET).is_file() && folder.join(SCENARIO).is_file() => {
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

fn read_recipe(path: &Path) -> Result<Recipe, RecipeError> {
    if path.is_dir() {
        let scenario = path.join(SCENARIO);
        if !scenario.exists() {
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
    recipe_in(path, &bytes)?.map_err(|source| RecipeError::In {
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
