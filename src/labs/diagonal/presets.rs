//! The lab's presets, each a recipe file in `assets/presets`.

use crate::labs::Preset;

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        &[$(Preset { id: $id, toml: include_str!(concat!("../../../assets/presets/", $id, ".toml")) }),+]
    };
}

/// Every preset; the first nine in the order of the keys 1 to 9.
pub(super) static PRESETS: &[Preset] = presets![
    "fig1-left",
    "fig2",
    "fig3",
    "fig4",
    "fig5-label-noise",
    "kernel",
    "rich",
    "fourier-sparse",
    "fourier-dense",
    "toy-large",
    "toy-medium",
    "toy-small",
    "toy-3d",
    "other-noises",
    "batch-of-4",
    "step-size",
    "label-noise-limit",
    "depth-3",
    "memory-interpolator",
    "memory-same-inputs",
    "memory-noisy-copies",
    "memory-decay",
    "large-steps",
    "gain",
    "edge-of-stability",
];
