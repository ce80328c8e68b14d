//! The lab's presets, each a recipe file in `assets/presets`.

use crate::labs::Preset;

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        &[$(Preset { id: $id, toml: include_str!(concat!("../../../assets/presets/", $id, ".toml")) }),+]
    };
}

/// Every preset, in the order of the keys.
pub(super) static PRESETS: &[Preset] = presets![
    "bad-minima",
    "bad-minima-waiting",
    "bad-minima-any-two",
    "bad-minima-control",
    "bad-minima-step-size",
    "bad-minima-rings",
    "bad-minima-same-inputs",
];
