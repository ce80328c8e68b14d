//! The lab's figures by name.

use crate::format::short;
use crate::labs::figures::{
    AxisName, Drawing, FamilyName, FigureContent, NamedFigure, PageWidth, Publication, RunFigure,
    RunPart, SweepFigure, SweepPlot, side_by_side,
};
use crate::labs::{Steps, SweepPlan, Vary};

/// What most of them are after: least squares and mirror descent, steepest descent and margins.
pub(super) const PAPER: Publication = Publication {
    authors: "Gunasekar, Lee, Soudry and Srebro",
    title: "Characterizing Implicit Bias in Terms of Optimization Geometry",
    url: "https://arxiv.org/abs/1802.08246",
};

/// The first fresh seed; the presets have others.
const FRESH: u64 = 1000;

const fn runs(parts: &'static [RunPart], columns: usize) -> RunFigure {
    RunFigure {
        parts,
        columns,
        theory: true,
        compose: side_by_side,
    }
}

/// Every figure by name.
pub(super) static FIGURES: &[NamedFigure] = &[
    NamedFigure {
        id: "linear-orbit",
        title: "No choice within the span",
        claim: "Methods that never leave w₀ + span(xᵢ) end in one point, whatever they are; Adam, sign and coordinate \
                descent end elsewhere on the line of solutions.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "linear-span",
                &[("kaczmarz_runs", "1"), ("sign_runs", "1")],
                &["space", "off_span", "along_solutions"],
            )],
            3,
        )),
    },
    NamedFigure {
        id: "linear-sheet",
        title: "Mirror descent: the plane bends",
        claim: "Mirror descent stays on the surface ∇Ψ*(∇Ψ(w₀) + Xᵀλ) and ends where it meets the line of solutions.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: by_exponent,
            ..runs(
                &[
                    RunPart::new("linear-mirror", &[("p", "1.2")], &["space"]),
                    RunPart::new("linear-mirror", &[("p", "6")], &["space"]),
                ],
                2,
            )
        }),
    },
    NamedFigure {
        id: "linear-balls",
        title: "Slides: Bregman balls touch the line",
        claim: "Mirror descent with ℓₚ ends where the smallest Bregman ball around w₀ touches the line of solutions.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: by_exponent,
            ..runs(
                &[
                    RunPart::new("linear-bregman", &[("p", "1.2")], &["space"]),
                    RunPart::new("linear-bregman", &[("p", "2")], &["space"]),
                    RunPart::new("linear-bregman", &[("p", "6")], &["space"]),
                ],
                3,
            )
        }),
    },
    NamedFigure {
        id: "linear-memory",
        title: "Memory is off-span",
        claim: "Random labels on the same inputs are forgotten exactly; on noisy copies they are remembered until weight \
                decay erases them.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(RunFigure {
            compose: same_and_copies,
            ..runs(
                &[
                    RunPart::new("linear-forgotten", &[("steps", "100000")], &["merit"]),
                    RunPart::new("linear-remembered", &[], &["merit"]),
                ],
                2,
            )
        }),
    },
    NamedFigure {
        id: "linear-memory-sigma",
        title: "What noisy copies leave, against their noise",
        claim: "Without noise nothing is left of random labels on copies of x. With it the more is left, the smaller it is: \
                contradictory labels are then fitted by larger weights off the span.",
        width: PageWidth::OneColumn,
        content: FigureContent::Sweep(SweepFigure {
            plans: &[SweepPlan {
                preset: "linear-remembered",
                settings: &[("heavy_ball_runs", "0"), ("steps", "10000")],
                over: &["copy_noise=0:1:9:lin"],
                seeds: 10,
                vary: Vary::All,
                steps: Steps::Recipe,
            }],
            first_seed: FRESH,
            title: "‖w − w*‖² after the true labels",
            about: "GD, n = 20, d = 100, two copies; medians and 10 % to 90 % bands over 10 data sets.",
            families: &[FamilyName {
                id: "gd",
                label: "GD",
            }],
            plot: SweepPlot::Curves {
                quantity: AxisName {
                    column: "merit",
                    label: "‖w − w*‖₂²",
                },
                axis: "noise of the copies σ",
                symbol: "σ",
            },
        }),
    },
    NamedFigure {
        id: "linear-theorem",
        title: "Theorem 3: directions, ‖w‖ and the margin",
        claim: "The loss is long zero; 1/angle and ‖w‖ are straight lines against ln t, as Soudry et al. (2018) prove.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "linear-margin",
                &[],
                &["inverse_angle", "norm_l2", "margin_gap"],
            )],
            3,
        )),
    },
    NamedFigure {
        id: "linear-margins",
        title: "Every norm has its margin",
        claim: "Coordinate descent, gradient descent and sign descent tend to the largest margins in ℓ₁, ℓ₂ and ℓ∞.",
        width: PageWidth::TwoColumns,
        content: FigureContent::Runs(runs(
            &[RunPart::new(
                "linear-geometries",
                &[],
                &["directions", "angle"],
            )],
            2,
        )),
    },
];

/// Cells titled by the exponent of ℓ_p.
fn by_exponent(mut parts: Vec<Drawing>) -> Drawing {
    for part in &mut parts {
        let p = short(part.knobs.real("p"), 3);
        for cell in &mut part.cells {
            cell.title = format!("p = {p}");
        }
        for (name, _) in &mut part.measured.rows {
            *name = format!("{name}, p = {p}");
        }
    }
    side_by_side(parts)
}

/// Cells titled by what the random labels were on.
fn same_and_copies(mut parts: Vec<Drawing>) -> Drawing {
    let titles = [
        "Random labels on the same x",
        "Random labels on noisy copies",
    ];
    for (part, title) in parts.iter_mut().zip(titles) {
        for cell in &mut part.cells {
            title.clone_into(&mut cell.title);
        }
        for (name, _) in &mut part.measured.rows {
            *name = format!("{name}: {}", title.to_lowercase());
        }
    }
    side_by_side(parts)
}
