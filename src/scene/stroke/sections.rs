//! The sections of a stroke: few of them, or in dashes.

/// Where a stroke is at an abscissa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Section {
    /// The abscissa.
    pub x: f64,
    /// From small to large ordinates: nothing, all of the colour, still all of it, nothing again.
    pub edges: [f64; 4],
}

/// Sections without those that lie within `tolerance` of where the ones left put them.
///
/// Two doors, one per edge, swing around the last section kept and close on those after it; what does not
/// pass both begins anew at the section before.
pub(super) struct Sections {
    tolerance: f64,
    kept: Vec<Section>,
    passed: Option<Section>,
    /// The slopes from the last section kept that pass all since near enough: least and largest, per edge.
    doors: [[f64; 2]; 2],
}

impl Sections {
    pub(super) fn new(room: usize, tolerance: f64) -> Self {
        Self {
            tolerance,
            kept: Vec::with_capacity(room),
            passed: None,
            doors: [[f64::NEG_INFINITY, f64::INFINITY]; 2],
        }
    }

    pub(super) fn push(&mut self, section: Section) {
        let Some(last) = self.kept.last() else {
            self.kept.push(section);
            return;
        };
        let ahead = self.ahead(last, &section);
        let inside =
            |(door, [slope, ..]): (&[f64; 2], &[f64; 3])| (door[0]..=door[1]).contains(slope);
        if self.doors.iter().zip(&ahead).all(inside) {
            for (door, [_, low, high]) in self.doors.iter_mut().zip(ahead) {
                *door = [door[0].max(low), door[1].min(high)];
            }
        } else if let Some(passed) = self.passed {
            let ahead = self.ahead(&passed, &section);
            self.kept.push(passed);
            self.doors = ahead.map(|[_, low, high]| [low, high]);
        }
        self.passed = Some(section);
    }

    /// Per edge, the slopes to a section, and to `tolerance` below and above it.
    fn ahead(&self, from: &Section, to: &Section) -> [[f64; 3]; 2] {
        let per_x = (to.x - from.x).recip();
        let free = self.tolerance * per_x;
        [1, 2].map(|edge| {
            let slope = (to.edges[edge] - from.edges[edge]) * per_x;
            [slope, slope - free, slope + free]
        })
    }

    pub(super) fn done(mut self) -> Vec<Section> {
        self.kept.extend(self.passed);
        self.kept
    }
}

/// The parts of a stroke that dashes leave, `on` lengths drawn and `off` left out, from the abscissa `start`.
pub fn dashed(sections: &[Section], start: f64, [on, off]: [f64; 2]) -> Vec<Vec<Section>> {
    let period = on + off;
    let mut dashes: Vec<Vec<Section>> = Vec::new();
    for pair in sections.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let first = ((from.x - start) / period).floor() as i64;
        let last = ((to.x - start) / period).floor() as i64;
        for dash in first..=last {
            let begin = start + period * dash as f64;
            let part = [begin.max(from.x), (begin + on).min(to.x)];
            if part[0] >= part[1] {
                continue;
            }
            let [from, to] = part.map(|x| between(from, to, x));
            match dashes.last_mut() {
                Some(dash) if dash.last() == Some(&from) => dash.push(to),
                _ => dashes.push(vec![from, to]),
            }
        }
    }
    dashes
}

/// The section at `x` between two others.
pub(super) fn between(from: Section, to: Section, x: f64) -> Section {
    if x == from.x {
        return from;
    } else if x == to.x {
        return to;
    }
    let part = (x - from.x) / (to.x - from.x);
    let mut edges = from.edges;
    for (edge, to) in edges.iter_mut().zip(to.edges) {
        *edge += part * (to - *edge);
    }
    Section { x, edges }
}
