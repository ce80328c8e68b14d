use std::convert::Infallible;
use std::fs::{self, File};

use resvg::tiny_skia::{
    Color, LineCap, Paint, PathBuilder, Pixmap, Rect as SkiaRect, Stroke, Transform,
};

use super::*;

const TEXT: [(&str, &str); 2] = [
    ("Software", "Implicit Bias Lab"),
    ("Recipe", "α = 0.01, β* sparse"),
];

fn clip(width: u32, height: u32, frames: usize) -> Clip<'static> {
    Clip {
        width,
        height,
        frames,
        frames_per_second: 30.0,
        text: &TEXT,
    }
}

/// Few colours: a square wanders over a ground, and in frame 3 nothing moves.
fn square(at: usize) -> Image {
    let (width, height) = (24, 10);
    let mut pixels = [240, 241, 242, 255].repeat(width * height);
    let at = if at == 3 { 2 } else { at };
    let color = [if at % 2 == 0 { 20 } else { 120 }, 90, 200, 255];
    for y in 3..7 {
        for x in 2 * at..2 * at + 4 {
            pixels[4 * (y * width + x)..][..4].copy_from_slice(&color);
        }
    }
    Image {
        width: width as u32,
        height: height as u32,
        pixels,
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature of a source of frames"
)]
fn drawn(at: usize) -> Result<Image, Infallible> {
    Ok(square(at))
}

/// The pictures that a viewer shows, and their delays in seconds.
type Shown = (Vec<Vec<u8>>, Vec<f64>);

fn read_gif(path: &Path) -> Shown {
    let mut decoder = gif::DecodeOptions::new();
    decoder.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = decoder.read_info(File::open(path).unwrap()).unwrap();
    let width = usize::from(decoder.width());
    let mut screen = vec![0; 4 * width * usize::from(decoder.height())];
    let (mut pictures, mut delays) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let area = Area {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
        };
        for (pixel, color) in area.pixels(width).zip(frame.buffer.chunks_exact(4)) {
            if color[3] == 255 {
                screen[4 * pixel..][..4].copy_from_slice(color);
            }
        }
        pictures.push(screen.clone());
        delays.push(f64::from(frame.delay) / 100.0);
    }
    (pictures, delays)
}

fn read_apng(path: &Path) -> Shown {
    let decoder = png::Decoder::new(io::BufReader::new(File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let (width, height) = reader.info().size();
    let frames = reader.info().animation_control().unwrap().num_frames;
    let mut screen = vec![0; 4 * width as usize * height as usize];
    let mut buffer = screen.clone();
    let (mut pictures, mut delays) = (Vec::new(), Vec::new());
    for _ in 0..frames {
        reader.next_frame(&mut buffer).unwrap();
        let control = *reader.info().frame_control().unwrap();
        let area = Area {
            left: control.x_offset as usize,
            top: control.y_offset as usize,
            width: control.width as usize,
            height: control.height as usize,
        };
        for (pixel, color) in area.pixels(width as usize).zip(buffer.chunks_exact(4)) {
            if color[3] == 255 {
                screen[4 * pixel..][..4].copy_from_slice(color);
            }
        }
        pictures.push(screen.clone());
        delays.push(f64::from(control.delay_num) / f64::from(control.delay_den));
    }
    (pictures, delays)
}

#[test]
fn a_clip_of_few_colours_is_shown_exactly_and_for_the_right_time() {
    let folder = tempfile::tempdir().unwrap();
    for (format, read) in [
        (Format::Gif, read_gif as fn(&Path) -> Shown),
        (Format::Apng, read_apng),
    ] {
        let path = folder.path().join("clip");
        let mut heard = Vec::new();
        let mut progress = |done| {
            heard.push(done);
            true
        };
        let outcome = write(&path, format, &clip(24, 10, 8), drawn, &mut progress).unwrap();
        let bytes = fs::metadata(&path).unwrap().len();
        assert_eq!(outcome, Outcome::Written { bytes });
        assert!(heard.is_sorted() && heard.last() == Some(&8), "{heard:?}");
        let (pictures, delays) = read(&path);
        assert_eq!(pictures.len(), 8);
        for (at, picture) in pictures.iter().enumerate() {
            assert!(*picture == square(at).pixels, "{format:?} {at}");
        }
        let total: f64 = delays.iter().sum();
        assert!((total - 7.0 / 30.0 - HOLD).abs() < 0.005, "{delays:?}");
        assert_eq!(delays[7], HOLD);
        let bytes = fs::read(&path).unwrap();
        for (_, text) in TEXT {
            let found = bytes.windows(text.len()).any(|at| at == text.as_bytes());
            assert!(found, "{format:?}: {text}");
        }
    }
}

#[test]
fn frames_are_numbered_pictures_with_their_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    let make = |path: &Path| write(path, Format::Frames, &clip(24, 10, 8), drawn, &mut |_| true);
    make(&path).unwrap();
    assert_eq!(fs::read_dir(&path).unwrap().count(), 8);
    for at in 0..8 {
        let file = File::open(path.join(format!("frame-{at:04}.png"))).unwrap();
        let mut reader = png::Decoder::new(io::BufReader::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; 3 * 24 * 10];
        reader.next_frame(&mut pixels).unwrap();
        let expected = square(at).pixels;
        let expected: Vec<_> = expected.chunks(4).flat_map(|pixel| &pixel[..3]).collect();
        assert!(pixels.iter().eq(expected), "{at}");
        let info = reader.info();
        assert_eq!(info.uncompressed_latin1_text[0].text, TEXT[0].1);
        assert_eq!(info.utf8_text[0].get_text().unwrap(), TEXT[1].1);
    }
    let error = make(&path).unwrap_err().to_string();
    assert!(error.contains("choose another folder"), "{error}");
}

#[test]
fn cancelled_and_failed_clips_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    let clip = clip(24, 10, 8);
    for format in [Format::Gif, Format::Apng, Format::Frames] {
        for last in [0, 3, 8] {
            let mut go_on = |done| done < last;
            let outcome = write(&path, format, &clip, drawn, &mut go_on).unwrap();
            assert_eq!(outcome, Outcome::Cancelled);
        }
        let failing = |at| (at < 5).then(|| square(at)).ok_or("no ink");
        let error = write(&path, format, &clip, failing, &mut |_| true).unwrap_err();
        assert!(error.to_string().contains("no ink"), "{error}");
        let narrow = Clip { width: 23, ..clip };
        let error = write(&path, format, &narrow, drawn, &mut |_| true).unwrap_err();
        assert!(error.to_string().contains("24×10"), "{error}");
        let wrong = [
            Clip { frames: 0, ..clip },
            Clip { width: 0, ..clip },
            Clip {
                frames_per_second: f64::NAN,
                ..clip
            },
        ];
        for wrong in wrong {
            assert!(write(&path, format, &wrong, drawn, &mut |_| true).is_err());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    // No folder can be made in a file.
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let nowhere = file.join("clip.gif");
    let error = write(&nowhere, Format::Gif, &clip, drawn, &mut |_| true);
    assert!(matches!(error, Err(ClipError::Write(_))), "{error:?}");
}

#[test]
fn the_smallest_rectangle_is_found() {
    let before = vec![0; 4 * 6 * 5];
    let mut after = before.clone();
    after[4 * (6 + 4)] = 1;
    after[4 * (3 * 6 + 2) + 2] = 1;
    let area = changed(&before, &after, 6);
    let expected = Area {
        left: 2,
        top: 1,
        width: 3,
        height: 3,
    };
    assert_eq!(area, expected);
    assert_eq!(changed(&after, &after, 6).pixels(6).count(), 1);
}

#[test]
fn playback_goes_from_the_first_step_to_the_last() {
    assert_eq!(playback(0, 1000, 4, Law::LogTime), [1, 10, 100, 1000]);
    assert_eq!(playback(0, 9, 4, Law::Linear), [0, 3, 6, 9]);
    assert_eq!(playback(5, 5, 3, Law::LogTime), [5, 5, 5]);
    assert_eq!(playback(0, 0, 2, Law::LogTime), [0, 0]);
    assert_eq!(playback(3, 7, 1, Law::Linear), [7]);
    assert!(playback(0, 7, 0, Law::Linear).is_empty());
    let huge = u64::MAX - 1;
    for law in [Law::LogTime, Law::Linear] {
        for (first, last) in [(1, huge), (huge - 5, huge), (17, 40_000)] {
            let steps = playback(first, last, 250, law);
            assert!(steps.is_sorted(), "{first} {last} {law:?}");
            assert_eq!((steps[0], steps[249]), (first, last));
        }
    }
}

/// Six plots of four noisy curves that grow, antialiased, on a grid.
fn curves(at: usize, frames: usize) -> Image {
    let mut pixmap = Pixmap::new(960, 540).unwrap();
    pixmap.fill(Color::WHITE);
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    let inks = [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167]];
    for plot in 0..6_u16 {
        let (left, top) = (
            50.0 + 315.0 * f32::from(plot % 3),
            30.0 + 260.0 * f32::from(plot / 3),
        );
        let mut grid = PathBuilder::new();
        for line in 0..=5_u8 {
            let (x, y) = (left + 52.3 * f32::from(line), top + 41.7 * f32::from(line));
            grid.move_to(x, top);
            grid.line_to(x, top + 208.5);
            grid.move_to(left, y);
            grid.line_to(left + 261.5, y);
        }
        paint.set_color_rgba8(225, 225, 225, 255);
        let thin = Stroke::default();
        let identity = Transform::identity();
        pixmap.stroke_path(&grid.finish().unwrap(), &paint, &thin, identity, None);
        for (curve, [red, green, blue]) in (0_u16..).zip(inks) {
            let mut path = PathBuilder::new();
            let points = 2 + 520 * at / (frames - 1);
            let mut noise = 12345 + u32::from(97 * plot + 31 * curve);
            let mut value = 0.0;
            for point in 0..points {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                value += 6.0 * ((noise >> 8) as f32 / (1 << 24) as f32 - 0.5);
                let x = left + 0.5 * point as f32;
                let decay = 160.0 * (-(point as f32) / (80.0 + 60.0 * f32::from(curve))).exp();
                let y = (top + 190.0 - decay + value * 0.4).clamp(top, top + 208.0);
                if point == 0 {
                    path.move_to(x, y);
                } else {
                    path.line_to(x, y);
                }
            }
            paint.set_color_rgba8(red, green, blue, 255);
            let stroke = Stroke {
                width: 1.6,
                line_cap: LineCap::Round,
                ..Stroke::default()
            };
            pixmap.stroke_path(&path.finish().unwrap(), &paint, &stroke, identity, None);
            // A bar that changes all over, as coefficients do.
            let high = 60.0 + 50.0 * (0.05 * at as f32 + f32::from(curve + plot)).sin();
            let bar = SkiaRect::from_xywh(
                left + 200.0 + 15.0 * f32::from(curve),
                top + 110.0 - high,
                11.0,
                high,
            );
            paint.set_color_rgba8(red, green, blue, 160);
            pixmap.fill_rect(bar.unwrap(), &paint, identity, None);
        }
    }
    Image {
        width: 960,
        height: 540,
        pixels: pixmap.take(),
    }
}

#[test]
fn ten_seconds_of_plots_fit_on_a_slide() {
    let folder = tempfile::tempdir().unwrap();
    let frames = 250;
    let clip = Clip {
        frames_per_second: 25.0,
        ..clip(960, 540, frames)
    };
    let frame = |at| Ok::<_, Infallible>(curves(at, frames));
    for (format, read) in [
        (Format::Gif, read_gif as fn(&Path) -> Shown),
        (Format::Apng, read_apng),
    ] {
        let path = folder.path().join("clip");
        let since = std::time::Instant::now();
        let outcome = write(&path, format, &clip, frame, &mut |_| true).unwrap();
        let Outcome::Written { bytes } = outcome else {
            panic!("{outcome:?}");
        };
        println!("{format:?}: {bytes} bytes in {:?}", since.elapsed());
        assert!(bytes < 5_000_000, "{format:?}: {bytes} bytes");
        let (pictures, delays) = read(&path);
        assert_eq!(pictures.len(), frames);
        let total: f64 = delays.iter().sum();
        assert!((total - 249.0 / 25.0 - HOLD).abs() < 0.005, "{total}");
        for at in [0, 60, 133, 249] {
            let expected = curves(at, frames).pixels;
            let errors = expected
                .iter()
                .zip(&pictures[at])
                .map(|(a, b)| a.abs_diff(*b));
            let worst = errors.clone().max().unwrap();
            let mean = errors.map(f64::from).sum::<f64>() / expected.len() as f64;
            println!("{format:?} frame {at}: worst {worst}, mean {mean:.3}");
            let (most, on_average) = match format {
                Format::Gif => (64, 0.5),
                Format::Apng | Format::Frames => (0, 0.0),
            };
            assert!(worst <= most && mean <= on_average, "{format:?} {at}");
        }
    }
}
