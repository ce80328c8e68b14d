//! The lab's presets, each a recipe file in `assets/presets`.

use crate::labs::Preset;

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        &[$(Preset { id: $id, toml: include_str!(concat!("../../../assets/presets/", $id, ".toml")) }),+]
    };
}

/// Every preset, in the order of the keys.
pub(super) static PRESETS: &[Preset] = presets![
    "linear-span",
    "linear-mirror",
    "linear-bregman",
    "linear-noise",
    "linear-forgotten",
    "linear-remembered",
    "linear-margin",
    "linear-geometries",
];
