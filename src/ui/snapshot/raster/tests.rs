//! What a graphics card would draw.

use eframe::egui::epaint::Mesh;
use eframe::egui::{Pos2, Rect, Vec2};

use super::*;

fn white() -> Textures {
    let mut textures = Textures::default();
    let texture = Texture {
        image: ColorImage::filled([2, 2], Color32::WHITE),
        options: TextureOptions::LINEAR,
    };
    textures.all.insert(TextureId::default(), texture);
    textures
}

fn clipped(mesh: Mesh, clip_rect: Rect) -> ClippedPrimitive {
    ClippedPrimitive {
        clip_rect,
        primitive: Primitive::Mesh(mesh),
    }
}

fn pixel(image: &Image, x: usize, y: usize) -> [u8; 4] {
    let at = 4 * (y * image.width as usize + x);
    [0, 1, 2, 3].map(|channel| image.pixels[at + channel])
}

fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Rect {
    Rect::from_min_max(pos2(left, top), pos2(right, bottom))
}

#[test]
fn a_rectangle_covers_the_centres_in_it_and_stays_in_its_clip() {
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(rect(2.0, 1.0, 6.5, 4.0), Color32::RED);
    let clip = rect(0.0, 0.0, 5.0, 90.0);
    let primitives = [clipped(mesh, clip)];
    for scale in [1.0, 2.0] {
        let size = [10.0, 40.0].map(|side| (side * scale) as usize);
        let image = draw(size, scale, Color32::WHITE, &primitives, &white());
        for y in 0..size[1] {
            for x in 0..size[0] {
                let (px, py) = ((x as f32 + 0.5) / scale, (y as f32 + 0.5) / scale);
                let inside = px > 2.0 && px < 5.0 && py > 1.0 && py < 4.0;
                let expected = if inside { Color32::RED } else { Color32::WHITE };
                assert_eq!(pixel(&image, x, y), expected.to_array(), "{x} {y} {scale}");
            }
        }
    }
}

#[test]
fn half_transparent_colours_blend_in_gamma_space() {
    let mut mesh = Mesh::default();
    let color = Color32::BLUE.gamma_multiply(0.5);
    mesh.add_colored_rect(rect(0.0, 0.0, 4.0, 4.0), color);
    let primitives = [clipped(mesh, Rect::EVERYTHING)];
    let image = draw([4, 4], 1.0, Color32::WHITE, &primitives, &white());
    let [red, green, blue, alpha] = pixel(&image, 1, 2);
    assert!(red.abs_diff(128) <= 1 && green == red, "{red} {green}");
    assert_eq!((blue, alpha), (255, 255));
}

#[test]
fn triangles_that_share_edges_cover_every_pixel_once() {
    // A fan of half-transparent triangles around a point off the grid: a gap stays white, an
    // overlap is darker.
    let mut mesh = Mesh::default();
    let color = Color32::BLACK.gamma_multiply(0.5);
    mesh.colored_vertex(pos2(40.37, 33.81), color);
    let corners = 29;
    for corner in 0..corners {
        let direction = Vec2::angled(std::f32::consts::TAU * corner as f32 / corners as f32);
        mesh.colored_vertex(pos2(40.0, 40.0) + 90.0 * direction, color);
    }
    for corner in 0..corners {
        mesh.add_triangle(0, 1 + corner, 1 + (corner + 1) % corners);
    }
    let primitives = [clipped(mesh, Rect::EVERYTHING)];
    let image = draw([80, 80], 1.0, Color32::WHITE, &primitives, &white());
    let first = pixel(&image, 0, 0);
    assert!(first[0].abs_diff(128) <= 1, "{first:?}");
    assert!(image.pixels.chunks_exact(4).all(|pixel| pixel == first));
}

#[test]
fn colours_and_textures_are_interpolated() {
    let mut mesh = Mesh::default();
    for (x, color) in [(0.0, Color32::BLACK), (8.0, Color32::WHITE)] {
        mesh.colored_vertex(pos2(x, 0.0), color);
        mesh.colored_vertex(pos2(x, 8.0), color);
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(1, 2, 3);
    let primitives = [clipped(mesh, Rect::EVERYTHING)];
    let image = draw([8, 8], 1.0, Color32::RED, &primitives, &white());
    for x in 0..8 {
        let expected = ((x as f32 + 0.5) / 8.0 * 255.0).round() as u8;
        assert!(pixel(&image, x, 3)[0].abs_diff(expected) <= 1);
    }
    // A texture drawn texel on pixel is copied.
    let mut textures = Textures::default();
    let shades = (0..16).map(|shade| Color32::from_black_alpha(16 * shade));
    let image = ColorImage::new([4, 4], shades.collect());
    let texture = Texture {
        image,
        options: TextureOptions::LINEAR,
    };
    textures.all.insert(TextureId::default(), texture);
    let mut mesh = Mesh::default();
    let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    mesh.add_rect_with_uv(rect(3.0, 2.0, 7.0, 6.0), whole, Color32::WHITE);
    let primitives = [clipped(mesh, Rect::EVERYTHING)];
    let image = draw([9, 9], 1.0, Color32::WHITE, &primitives, &textures);
    for at in 0..16 {
        let [red, ..] = pixel(&image, 3 + at % 4, 2 + at / 4);
        assert_eq!(red, 255 - 16 * at as u8, "{at}");
    }
}

#[test]
fn what_has_no_place_or_no_area_is_left_out() {
    let mut mesh = Mesh::default();
    for place in [
        pos2(f32::NAN, 1.0),
        pos2(0.0, 0.0),
        pos2(9.0, 9.0),
        pos2(1e30, -1e30),
    ] {
        mesh.colored_vertex(place, Color32::RED);
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(1, 2, 2);
    let primitives = [clipped(mesh.clone(), Rect::EVERYTHING)];
    let image = draw([9, 9], 1.0, Color32::WHITE, &primitives, &white());
    assert!(image.pixels.iter().all(|byte| *byte == 255));
    mesh.add_triangle(1, 2, 3);
    let primitives = [clipped(mesh, Rect::EVERYTHING)];
    let image = draw([9, 9], 1.0, Color32::WHITE, &primitives, &white());
    assert_eq!(pixel(&image, 8, 2), Color32::RED.to_array());
}
