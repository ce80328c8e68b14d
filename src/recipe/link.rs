//! A recipe as one short string, for e-mails, slides and the insides of pictures.
//!
//! `ibl:1:BODY:CRC`: the link's version, the recipe's TOML deflated in base64url without padding, and
//! the CRC-32 of that TOML in hexadecimal. No character of it needs escaping in SVG, PDF, TOML or a
//! shell. To keep it short the TOML leaves out what it shares with a base recipe, which is frozen in
//! `assets/link`, one file per version. The base only saves room: a default that changes after it was
//! frozen is written out, so links mean the same for ever. A setting that is new since is added to a second
//! file, at the value that its absence stands for: a link that does not use it is also read by a program
//! that does not know it. A new version is needed only to save room again. Labs that have come since have
//! bases of their own ([`Lab::link_base`]).

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use toml::Table;

use super::{Recipe, RecipeError, read};
use crate::files::limits;
use crate::format::excerpt;
use crate::knobs::Role;
use crate::labs::{self, Lab};

/// The newest version of links that this version of the program reads, and the one that it writes.
pub const VERSION: u64 = 1;

/// What every link begins with.
const SCHEME: &str = "ibl:";

/// The recipe that links of version 1 are told against. Never edit it.
const BASE: &str = include_str!("../../assets/link/1.toml");

/// What came after [`BASE`]. Only ever add to it.
const LATER: &str = include_str!("../../assets/link/1-later.toml");

/// The link to a recipe.
///
/// # Panics
/// Never: writing to memory does not fail, and a table of plain values is valid TOML.
pub fn encode(recipe: &Recipe) -> String {
    let text = toml::to_string(&without_base(recipe.to_table()))
        .expect("a table of plain values is valid TOML");
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    let packed = deflate
        .write_all(text.as_bytes())
        .and_then(|()| deflate.finish())
        .expect("writing to memory does not fail");
    let body = URL_SAFE_NO_PAD.encode(packed);
    let sum = crc32fast::hash(text.as_bytes());
    format!("{SCHEME}{VERSION}:{body}:{sum:08x}")
}

/// The recipe of a link. White space in it, and the `>` and `=` that mail programs put around their
/// line ends, do not count.
pub fn decode(link: &str) -> Result<Recipe, RecipeError> {
    use RecipeError::Damaged;
    let link: String = link.chars().filter(|c| !is_wrapping(*c)).collect();
    let parts = link
        .strip_prefix(SCHEME)
        .ok_or(Damaged("it does not begin with `ibl:`"))?;
    let (version, parts) = parts
        .split_once(':')
        .ok_or(Damaged("only its beginning is there"))?;
    match version.parse() {
        Ok(VERSION) => {}
        Ok(found) if found > VERSION => return Err(RecipeError::NewerLink { found }),
        _ => return Err(Damaged("it has no version")),
    }
    let (body, sum) = parts
        .split_once(':')
        .filter(|(_, sum)| sum.len() == 8)
        .ok_or(Damaged("its end is missing"))?;
    let changed = Damaged("some of its characters are lost or changed");
    let Ok(sum) = u32::from_str_radix(sum, 16) else {
        return Err(changed);
    };
    let Ok(packed) = URL_SAFE_NO_PAD.decode(body) else {
        return Err(changed);
    };
    let mut inflate = DeflateDecoder::new(&packed[..]).take(limits::LINK + 1);
    let mut text = String::new();
    if inflate.read_to_string(&mut text).is_err() {
        return Err(changed);
    }
    if text.len() as u64 > limits::LINK {
        let most = limits::LINK >> 20;
        return Err(RecipeError::Malformed(format!(
            "it unpacks to more than {most} MB"
        )));
    }
    if crc32fast::hash(text.as_bytes()) != sum {
        return Err(changed);
    }
    read::check_length(&text)?;
    // Whole, so whatever is wrong now was written like this.
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| RecipeError::Malformed(excerpt(error.message())))?;
    Recipe::from_table(with_base(table))
}

/// The first link in these bytes, be they a picture's, a PDF's or an e-mail's; without a whole one,
/// the beginning of the first damaged one.
pub fn find(bytes: &[u8]) -> Option<&str> {
    let starts = || {
        let candidates = bytes.windows(SCHEME.len()).enumerate();
        let starts = candidates.filter(|(_, window)| *window == SCHEME.as_bytes());
        starts.map(|(at, _)| &bytes[at..])
    };
    let whole = starts().find_map(whole);
    let link = whole.or_else(|| starts().find_map(beginning))?;
    std::str::from_utf8(link).ok()
}

/// The address of the page whose `#` a link in this text stands behind, without what is behind its `?`.
pub fn page(text: &str) -> Option<&str> {
    /// No address that somebody gives to others is longer.
    const LONGEST: usize = 300;
    let (before, _) = text.split_once(&format!("#{SCHEME}"))?;
    let start = before.rfind(|c: char| c.is_whitespace() || "<>\"'()".contains(c));
    let address = before[start.map_or(0, |at| at + 1)..].split('?').next()?;
    let is_page = address.starts_with("https://") || address.starts_with("http://");
    (is_page && address.is_ascii() && address.len() <= LONGEST).then_some(address)
}

/// The link that these bytes begin with.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let version = SCHEME.len();
    let body = version + run(&bytes[version..], |byte| byte.is_ascii_digit())?;
    let body = body + 1;
    if bytes.get(body - 1) != Some(&b':') {
        return None;
    }
    let wrapped = |byte: u8| is_of_body(byte) || is_wrapping(char::from(byte)) && byte.is_ascii();
    let sum = body + run(&bytes[body..], wrapped)? + 1;
    if bytes.get(sum - 1) != Some(&b':') {
        return None;
    }
    let mut digits = 0;
    for (at, byte) in bytes.iter().enumerate().skip(sum) {
        match byte {
            b'0'..=b'9' | b'a'..=b'f' => digits += 1,
            byte if is_wrapping(char::from(*byte)) && byte.is_ascii() => {}
            _ => return None,
        }
        if digits == 8 {
            return Some(&bytes[..=at]);
        }
    }
    None
}

/// What could be the beginning of a link: enough to say that it is damaged.
fn beginning(bytes: &[u8]) -> Option<&[u8]> {
    let version = SCHEME.len();
    let body = version + run(&bytes[version..], |byte| byte.is_ascii_digit())?;
    if bytes.get(body) != Some(&b':') {
        return None;
    }
    let rest = run(&bytes[body..], |byte| is_of_body(byte) || byte == b':')?;
    Some(&bytes[..body + rest])
}

/// How many bytes of this kind come first, `None` if there is none.
fn run(bytes: &[u8], kind: impl Fn(u8) -> bool) -> Option<usize> {
    let other = bytes.iter().position(|byte| !kind(*byte));
    Some(other.unwrap_or(bytes.len())).filter(|length| *length > 0)
}

fn is_of_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || c == '>' || c == '='
}

fn base() -> Table {
    joined(&[BASE, LATER])
}

/// A frozen base with what was added to it.
fn joined(parts: &[&str]) -> Table {
    let mut base = Table::new();
    for (key, later) in parts.iter().flat_map(|part| parsed(part)) {
        match (base.get_mut(&key), later) {
            (Some(toml::Value::Table(known)), toml::Value::Table(more)) => known.extend(more),
            (_, later) => drop(base.insert(key, later)),
        }
    }
    base
}

fn parsed(base: &str) -> Table {
    let table = base.parse();
    table.expect("a frozen base is valid TOML, as a test has seen")
}

/// The base of the lab that a recipe names, be it the one that [`BASE`] names or another.
fn base_of(recipe: &Table) -> Table {
    let first = base();
    let named = recipe.get("lab").or_else(|| first.get("lab"));
    let lab = named.and_then(toml::Value::as_str).and_then(labs::lab);
    let mut base = if named == first.get("lab") {
        first
    } else {
        joined(lab.map_or(&[], |lab| lab.link_base()))
    };
    if let Some(lab) = lab {
        add_absent_runs(&mut base, lab);
    }
    base
}

/// For what has runs and no base knows of, such as a rule of another crate, its absence stands for no run.
fn add_absent_runs(base: &mut Table, lab: &dyn Lab) {
    let settings = base
        .entry("settings")
        .or_insert_with(|| Table::new().into());
    let Some(settings) = settings.as_table_mut() else {
        return;
    };
    for knob in lab.knobs() {
        if knob.role == Some(Role::Runs) && !settings.contains_key(knob.key) {
            settings.insert(knob.key.to_owned(), 0.into());
        }
    }
}

/// Leaves out what the base says as well, and the program's version, which nobody reads.
fn without_base(mut recipe: Table) -> Table {
    let base = base_of(&recipe);
    recipe.remove("version");
    if let (Some(settings), Some(known)) = (
        recipe
            .get_mut("settings")
            .and_then(toml::Value::as_table_mut),
        base.get("settings").and_then(toml::Value::as_table),
    ) {
        settings.retain(|key, value| known.get(key) != Some(value));
    }
    recipe.retain(|key, value| base.get(key) != Some(value));
    recipe
}

/// Adds what the base knows and the recipe leaves out.
fn with_base(mut recipe: Table) -> Table {
    let mut base = base_of(&recipe);
    if let Some(settings) = recipe
        .get_mut("settings")
        .and_then(toml::Value::as_table_mut)
        && let Some(known) = base.get_mut("settings").and_then(toml::Value::as_table_mut)
    {
        known.extend(std::mem::take(settings));
        std::mem::swap(known, settings);
    }
    base.extend(recipe);
    base
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::knobs::Value;
    use crate::labs::LABS;
    use crate::recipe::{Change, presets};

    #[test]
    fn the_page_of_a_link_is_what_stands_before_it() {
        let link = encode(&Recipe::new(LABS[0]));
        for (text, expected) in [
            (
                format!("https://lab.example/#{link}"),
                Some("https://lab.example/"),
            ),
            (
                format!("see <http://[::1]:8000/a/index.html?ui=minimal&play#{link}> for more"),
                Some("http://[::1]:8000/a/index.html"),
            ),
            (link.clone(), None),
            (format!("See #{link}"), None),
            (format!("javascript:alert(1)#{link}"), None),
            (format!("https://{}#{link}", "x".repeat(300)), None),
        ] {
            assert_eq!(page(&text), expected, "{text}");
            assert_eq!(find(text.as_bytes()), Some(&*link));
        }
    }

    fn changed() -> Recipe {
        let mut recipe = LABS[0].presets()[1].recipe();
        recipe.step = 12_345;
        let settings = [("step_size".to_owned(), Value::Real(0.1 + 0.2))];
        recipe.changes = vec![Change {
            step: 700,
            settings: settings.into(),
        }];
        recipe
    }

    #[test]
    fn the_base_is_frozen() {
        assert_eq!(
            crc32fast::hash(BASE.as_bytes()),
            FROZEN,
            "links that are out in the world are told against this file: restore it"
        );
        assert_eq!(with_base(Table::new()), base());
    }

    /// What is added later replaces nothing, and there is something for every setting of a lab that has a base.
    #[test]
    fn the_bases_know_every_setting_once() {
        let first: &[&str] = &[BASE, LATER];
        let others = LABS[1..].iter().map(|lab| lab.link_base());
        for (lab, parts) in LABS.iter().zip(std::iter::once(first).chain(others)) {
            let tables = parts.iter().map(|part| parsed(part)["settings"].clone());
            let keys: Vec<String> = tables
                .flat_map(|settings| settings.as_table().unwrap().clone())
                .map(|(key, _)| key)
                .collect();
            for knob in lab.knobs() {
                let times = keys.iter().filter(|key| *key == knob.key).count();
                assert_eq!(times, 1, "`{}` in assets/link for {}", knob.key, lab.id());
            }
        }
    }

    const FROZEN: u32 = 0x4c91_13f1;

    #[test]
    fn every_preset_survives_and_is_short() {
        let mut long = Vec::new();
        for preset in presets() {
            let recipe = preset.recipe();
            let link = encode(&recipe);
            assert_eq!(decode(&link).unwrap(), recipe, "{}", preset.id);
            if link.len() > 520 {
                long.push((preset.id, link.len()));
            }
        }
        assert!(long.is_empty(), "{long:?}");
        let plain = Recipe::new(LABS[0]);
        assert_eq!(decode(&encode(&plain)).unwrap(), plain);
        assert_eq!(decode(&encode(&changed())).unwrap(), changed());
    }

    /// Whatever the defaults of a later version are: all that the link leaves out is in the base.
    #[test]
    fn what_a_link_leaves_out_does_not_come_from_todays_defaults() {
        let recipe = changed();
        let whole = with_base(without_base(recipe.to_table()));
        let settings = whole["settings"].as_table().unwrap();
        for (knob, _) in recipe.knobs.iter() {
            assert!(settings.contains_key(knob.key), "{}", knob.key);
        }
        // A default that differs from the base is written out.
        let mut other = recipe.clone();
        other.knobs.set_text("n", "41").unwrap();
        assert!(
            without_base(other.to_table())["settings"]
                .get("n")
                .is_some()
        );
    }

    #[test]
    fn links_are_found_in_any_bytes_and_survive_being_wrapped() {
        let recipe = changed();
        let link = encode(&recipe);
        let picture = [b"\x89PNG\xff\xfeibl:tEXt\0", link.as_bytes(), b"\xffIEND"].concat();
        assert_eq!(find(&picture), Some(&link[..]));
        let metadata = format!("<metadata>{link}</metadata>");
        assert_eq!(find(metadata.as_bytes()), Some(&link[..]));
        for fold in ["\r\n", "=\r\n", "\n> ", " \u{a0}\n\t"] {
            let lines: Vec<_> = link.as_bytes().chunks(72).collect();
            let lines: Vec<_> = lines
                .iter()
                .map(|line| str::from_utf8(line).unwrap())
                .collect();
            let wrapped = lines.join(fold);
            assert_eq!(decode(&wrapped).unwrap(), recipe, "{fold:?}");
            if fold.is_ascii() {
                let mail = format!("Look:\n{wrapped}, and tell me: 12345678");
                assert_eq!(decode(find(mail.as_bytes()).unwrap()).unwrap(), recipe);
            }
        }
        assert_eq!(find(b""), None);
        assert_eq!(find(b"a tribl: one, ibl:x:y"), None);
        // A whole link further down is better than a torn one.
        let both = format!("{} … {link}", &link[..40]);
        assert_eq!(find(both.as_bytes()), Some(&link[..]));
    }

    #[test]
    fn damaged_links_say_so() {
        let link = encode(&changed());
        for length in 0..link.len() {
            let torn = decode(&link[..length]).unwrap_err().to_string();
            assert!(
                torn.contains("damaged") && torn.contains("copy it again"),
                "{torn}"
            );
            if let Some(found) = find(&link.as_bytes()[..length]) {
                assert!(length > 5 && decode(found).is_err());
            }
        }
        let newer = link.replacen("ibl:1:", "ibl:2:", 1);
        let newer = decode(&newer).unwrap_err().to_string();
        assert!(newer.contains("update Implicit Bias Lab"), "{newer}");
    }

    fn pack(text: &[u8]) -> String {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(text).unwrap();
        let body = URL_SAFE_NO_PAD.encode(deflate.finish().unwrap());
        format!("ibl:1:{body}:{:08x}", crc32fast::hash(text))
    }

    #[test]
    fn whole_links_to_nonsense_are_refused_for_what_they_are() {
        for (text, reason) in [
            (&b"format = 3"[..], "update Implicit Bias Lab"),
            (b"[settings]\nalpha = 0.0", "it takes a number above 0"),
            (b"settings = 1", "not a recipe"),
            (b"= =", "not a recipe"),
            (&vec![b' '; 17 << 20], "more than 16 MB"),
        ] {
            let error = decode(&pack(text)).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_and_no_change_goes_unnoticed() {
        let recipe = changed();
        let link = encode(&recipe);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for _ in 0..20_000 {
            let mut bytes = link.clone().into_bytes();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len());
                match rng.random_range(0..4) {
                    0 => bytes[at] = rng.random(),
                    1 => bytes[at] = b"ibl:AZaz09-_= \n"[rng.random_range(0..15)],
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, rng.random()),
                }
            }
            drop(find(&bytes).map(decode));
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(read) = decode(&text) {
                assert_eq!(read, recipe, "{text}");
            }
        }
    }
}
