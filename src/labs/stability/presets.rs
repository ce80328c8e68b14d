//! The lab's presets, each a recipe file in `assets/presets`.

use crate::labs::Preset;

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        &[$(Preset { id: $id, toml: include_str!(concat!("../../../assets/presets/", $id, ".toml")) }),+]
    };
}

/// Every preset; the first nine in the order of the keys 1 to 9.
pub(super) static PRESETS: &[Preset] = presets![
    "relu-ramp",
    "relu-kick",
    "relu-sizes",
    "relu-weight",
    "relu-pencil",
    "relu-random",
    "relu-methods",
    "relu-default",
];
