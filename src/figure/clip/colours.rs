//! A table of few colours for pictures of many: what a GIF has to make do with.
//!
//! Plots are flat ground, a few inks, and the shades where antialiased edges blend them. Ground and
//! inks must stay as they are and neighbouring shades may merge, so a colour that makes up most of its
//! group stands for it exactly. No dithering: it would speckle the ground and defeat the compression.

use std::collections::{BTreeMap, HashMap};

/// Red, green, blue.
pub(super) type Rgb = [u8; 3];

/// How much the eye minds an error in each channel.
const SENSITIVITY: [f64; 3] = [2.0, 4.0, 3.0];

/// Rounds in which groups and their representatives are fitted to each other; the error hardly falls
/// after that.
const ROUNDS: usize = 4;

/// How often colours occur.
#[derive(Debug, Default)]
pub(super) struct Census {
    pixels: BTreeMap<Rgb, u64>,
}

impl Census {
    /// Counts the pixels of a picture, given as RGBA.
    pub(super) fn count(&mut self, pixels: &[u8]) {
        let mut run: Option<(Rgb, u64)> = None;
        for pixel in pixels.chunks_exact(4) {
            let color = [pixel[0], pixel[1], pixel[2]];
            match &mut run {
                Some((same, length)) if *same == color => *length += 1,
                _ => {
                    if let Some((color, length)) = run.replace((color, 1)) {
                        *self.pixels.entry(color).or_default() += length;
                    }
                }
            }
        }
        if let Some((color, length)) = run {
            *self.pixels.entry(color).or_default() += length;
        }
    }

    /// At most `most` colours for the ones counted.
    pub(super) fn table(&self, most: usize) -> Table {
        // The root keeps the ground from outvoting thin lines.
        let weighted = |(color, count): (&Rgb, &u64)| (*color, (*count as f64).sqrt());
        let mut colors: Vec<(Rgb, f64)> = self.pixels.iter().map(weighted).collect();
        if colors.len() <= most {
            return Table::new(colors.into_iter().map(|(color, _)| color).collect());
        }
        let mut entries = cut(&mut colors, most);
        for _ in 0..ROUNDS {
            let mut groups = vec![Vec::new(); entries.len()];
            for color in &colors {
                groups[nearest(&entries, color.0)].push(*color);
            }
            for (entry, group) in entries.iter_mut().zip(&groups) {
                *entry = representative(group).unwrap_or(*entry);
            }
        }
        Table::new(entries)
    }
}

/// Colours by number.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) entries: Vec<Rgb>,
    known: HashMap<Rgb, u8>,
}

impl Table {
    fn new(entries: Vec<Rgb>) -> Self {
        Self {
            entries,
            known: HashMap::new(),
        }
    }

    /// The number of the entry that is most like a colour.
    pub(super) fn number(&mut self, color: Rgb) -> u8 {
        let entries = &self.entries;
        *self
            .known
            .entry(color)
            .or_insert_with(|| nearest(entries, color) as u8)
    }
}

fn nearest(entries: &[Rgb], color: Rgb) -> usize {
    let distance = |entry: &Rgb| {
        let channel = |at: usize| {
            let difference = i32::from(entry[at]) - i32::from(color[at]);
            SENSITIVITY[at] as i32 * difference * difference
        };
        channel(0) + channel(1) + channel(2)
    };
    let closest = (0..entries.len()).min_by_key(|at| distance(&entries[*at]));
    closest.unwrap_or(0)
}

/// The colour that stands for a group: the one that makes up most of it, else the mean.
fn representative(group: &[(Rgb, f64)]) -> Option<Rgb> {
    let (color, weight) = group.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let total: f64 = group.iter().map(|(_, weight)| weight).sum();
    if *weight > 0.5 * total {
        return Some(*color);
    }
    Some([0, 1, 2].map(|channel| moments(group, channel).0.round() as u8))
}

/// Mean and squared deviation of a channel.
fn moments(group: &[(Rgb, f64)], channel: usize) -> (f64, f64) {
    let mut sums = [0.0; 3];
    for (color, weight) in group {
        let value = f64::from(color[channel]);
        sums[0] += weight;
        sums[1] += weight * value;
        sums[2] += weight * value * value;
    }
    let mean = sums[1] / sums[0];
    (mean, (sums[2] - mean * sums[1]).max(0.0))
}

/// Median cut by variance: the group with the largest error is halved at its mean, until there are
/// enough groups.
fn cut(colors: &mut [(Rgb, f64)], most: usize) -> Vec<Rgb> {
    /// A group and its worst channel.
    struct Group<'a> {
        colors: &'a mut [(Rgb, f64)],
        channel: usize,
        mean: f64,
        error: f64,
    }
    fn group(colors: &mut [(Rgb, f64)]) -> Group<'_> {
        let (mut channel, mut mean, mut error) = (0, 0.0, -1.0);
        for (candidate, sensitivity) in SENSITIVITY.into_iter().enumerate() {
            let (its_mean, deviation) = moments(colors, candidate);
            if sensitivity * deviation > error {
                error = sensitivity * deviation;
                (channel, mean) = (candidate, its_mean);
            }
        }
        if colors.len() < 2 {
            error = 0.0;
        }
        Group {
            colors,
            channel,
            mean,
            error,
        }
    }
    let mut groups = vec![group(colors)];
    while groups.len() < most {
        let worst = (0..groups.len()).max_by(|a, b| groups[*a].error.total_cmp(&groups[*b].error));
        let Some(worst) = worst.filter(|worst| groups[*worst].error > 0.0) else {
            break;
        };
        let Group {
            colors,
            channel,
            mean,
            ..
        } = groups.swap_remove(worst);
        colors.sort_by_key(|(color, _)| color[channel]);
        let below = colors.partition_point(|(color, _)| f64::from(color[channel]) <= mean);
        // Rounding of the mean must not leave one half empty.
        let (low, high) = colors.split_at_mut(below.clamp(1, colors.len() - 1));
        groups.push(group(low));
        groups.push(group(high));
    }
    let representatives = groups
        .iter()
        .filter_map(|group| representative(group.colors));
    representatives.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_kept_as_they_are() {
        let mut census = Census::default();
        census.count(&[1, 2, 3, 255, 1, 2, 3, 255, 200, 100, 0, 255]);
        let mut table = census.table(256);
        assert_eq!(table.entries, [[1, 2, 3], [200, 100, 0]]);
        assert_eq!(table.number([199, 101, 0]), 1);
    }

    #[test]
    fn of_many_colours_the_frequent_ones_stay_and_the_others_are_near() {
        let mut census = Census::default();
        let (ground, ink) = ([255, 255, 255], [213, 94, 0]);
        for _ in 0..20_000 {
            census.count(&[255, 255, 255, 255]);
        }
        for _ in 0..3000 {
            census.count(&[213, 94, 0, 255]);
        }
        // All shades between eight inks and the ground.
        let blend = |ink: Rgb, share: u32| {
            [0, 1, 2].map(|c| {
                ((u32::from(ground[c]) * (255 - share) + u32::from(ink[c]) * share) / 255) as u8
            })
        };
        let inks = [0_u8, 1, 2, 3, 4, 5, 6]
            .map(|k| [36 * k, 255 - 36 * k, (90 * u32::from(k) % 256) as u8]);
        for ink in inks.into_iter().chain([ink]) {
            for share in 0..=255 {
                let [red, green, blue] = blend(ink, share);
                census.count(&[red, green, blue, 255]);
            }
        }
        let mut table = census.table(255);
        assert_eq!(table.entries.len(), 255);
        for exact in [ground, ink] {
            let number = table.number(exact);
            assert_eq!(table.entries[usize::from(number)], exact);
        }
        for ink in inks {
            for share in 0..=255 {
                let color = blend(ink, share);
                let number = table.number(color);
                let entry = table.entries[usize::from(number)];
                let error = (0..3).map(|c| color[c].abs_diff(entry[c])).max();
                assert!(error <= Some(12), "{color:?} became {entry:?}");
            }
        }
    }
}
