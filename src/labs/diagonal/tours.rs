//! The lab's tours, each a text in `assets/tours`.

use crate::labs::TourText;

macro_rules! tours {
    ($($id:literal),+ $(,)?) => {
        &[$(TourText { id: $id, text: include_str!(concat!("../../../assets/tours/", $id, ".tour")) }),+]
    };
}

/// Every tour, in the order in which one leads to the next.
pub(super) static TOURS: &[TourText] = tours![
    "why",
    "kernel-to-rich",
    "noise-and-sparsity",
    "theorem-live",
    "label-noise",
    "which-noise",
];
