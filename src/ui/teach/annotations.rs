//! A pen, arrows, words and a spotlight over the plots. They are part of pictures of the window, and one key clears
//! them.

use eframe::egui::{
    Align2, Button, Color32, CursorIcon, FontId, Key, Painter, Pos2, Rect, Sense, Shape, Stroke,
    TextEdit, Ui, pos2, vec2,
};

use crate::files::limits;
use crate::ui::theme;

/// The most marks that are kept, and the most points of a stroke: an hour of drawing has fewer.
const MOST_MARKS: usize = 500;
const MOST_POINTS: usize = 5000;

/// Points closer than this to the last one add nothing to a stroke.
const SPACING: f32 = 1.5;

/// Width of strokes and size of words, as parts of the height of the plots: they stay what they were meant for when
/// the window changes.
const STROKE: f32 = 0.006;
const WORDS: f32 = 0.035;

/// Radius of the spotlight, as a part of the height of the plots.
const SPOT: f32 = 0.18;

/// What the pointer does over the plots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Tool {
    /// Draws a line.
    Pen,
    /// Draws a straight line with a head.
    Arrow,
    /// Puts words where it is clicked.
    Words,
    /// Leaves a round part bright and darkens the rest.
    Spotlight,
}

const TOOLS: [(Tool, &str, &str); 4] = [
    (Tool::Pen, "Pen", "Draw over the plots"),
    (Tool::Arrow, "Arrow", "Drag from the tail to the head"),
    (
        Tool::Words,
        "Text",
        "Click where it is to stand, type, press Enter",
    ),
    (
        Tool::Spotlight,
        "Spotlight",
        "Darken everything but what the pointer is on",
    ),
];

/// Something drawn; positions are parts of the width and the height of the plots.
#[derive(Clone, Debug, PartialEq)]
enum Mark {
    Line(Vec<Pos2>),
    Arrow([Pos2; 2]),
    Words(Pos2, String),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(in crate::ui) struct Annotations {
    marks: Vec<Mark>,
    /// The one that is being drawn.
    drawn: Option<Mark>,
    /// Words that are being typed, and where.
    typed: Option<(Pos2, String)>,
    tool: Option<Tool>,
}

impl Annotations {
    /// Whether there is something to clear.
    pub(in crate::ui) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether the pointer draws.
    pub(in crate::ui) fn is_drawing(&self) -> bool {
        self.tool.is_some()
    }

    /// The pen, or the pointer again.
    pub(in crate::ui) fn toggle(&mut self) {
        self.tool = if self.tool.is_some() {
            None
        } else {
            Some(Tool::Pen)
        };
        self.drawn = None;
        self.typed = None;
    }

    /// Without its tool nothing but what was drawn is on a picture of the window.
    pub(in crate::ui) fn put_down(&mut self) -> Option<Tool> {
        self.tool.take()
    }

    /// Takes the tool up again.
    pub(in crate::ui) fn take_up(&mut self, tool: Option<Tool>) {
        self.tool = tool;
    }

    /// Away with everything.
    pub(in crate::ui) fn clear(&mut self) {
        self.marks.clear();
        self.drawn = None;
        self.typed = None;
    }

    /// The tools, while the pointer draws.
    pub(in crate::ui) fn tools_ui(&mut self, ui: &mut Ui) {
        let Some(tool) = self.tool else { return };
        ui.horizontal(|ui| {
            for (of, name, hint) in TOOLS {
                if ui
                    .selectable_label(of == tool, name)
                    .on_hover_text(hint)
                    .clicked()
                {
                    self.tool = Some(of);
                    self.typed = None;
                }
            }
            ui.separator();
            let undo = ui.add_enabled(!self.is_empty(), Button::new("Take back"));
            if undo.on_hover_text("Remove what was drawn last").clicked() {
                self.marks.pop();
            }
            let clear = ui.add_enabled(!self.is_empty(), Button::new("Clear"));
            if clear
                .on_hover_text("Remove everything that was drawn (X)")
                .clicked()
            {
                self.clear();
            }
            let done = ui.button("Done");
            if done
                .on_hover_text("The pointer is a pointer again (A)")
                .clicked()
            {
                self.toggle();
            }
        });
    }

    /// Draws what there is over `rect`, and takes the pointer while it draws.
    pub(in crate::ui) fn over_ui(&mut self, ui: &mut Ui, rect: Rect) {
        if let Some(tool) = self.tool {
            self.draw(ui, rect, tool);
        }
        let painter = ui.painter().with_clip_rect(rect);
        let color = theme::warning(ui.visuals().dark_mode);
        for mark in self.marks.iter().chain(&self.drawn) {
            paint(&painter, rect, mark, color);
        }
        self.words_ui(ui, rect, color);
    }

    fn draw(&mut self, ui: &Ui, rect: Rect, tool: Tool) {
        let response = ui.interact(
            rect,
            ui.scope_id().with("annotations"),
            Sense::click_and_drag(),
        );
        let response = response.on_hover_cursor(CursorIcon::Crosshair);
        let pointer = response
            .interact_pointer_pos()
            .or_else(|| response.hover_pos());
        if tool == Tool::Spotlight {
            if let Some(at) = pointer {
                spotlight(ui.painter(), rect, at);
            }
            return;
        }
        let Some(at) = pointer else { return };
        let place = place_in(rect, at);
        if tool == Tool::Words {
            if response.clicked() {
                self.finish_words();
                self.typed = Some((place, String::new()));
            }
            return;
        }
        // A drag is noticed a few pixels after it began.
        let began = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
        match &mut self.drawn {
            None if response.dragged() => {
                let began = place_in(rect, began);
                self.drawn = Some(match tool {
                    Tool::Arrow => Mark::Arrow([began, place]),
                    _ => Mark::Line(vec![began, place]),
                });
            }
            Some(Mark::Line(points)) if response.dragged() => {
                let last = points.last().map(|last| place_on(rect, *last));
                let is_apart = last.is_none_or(|last| last.distance(at) > SPACING);
                if is_apart && points.len() < MOST_POINTS {
                    points.push(place);
                }
            }
            Some(Mark::Arrow([_, head])) if response.dragged() => *head = place,
            _ => {}
        }
        if response.drag_stopped()
            && let Some(mark) = self.drawn.take()
        {
            self.keep(mark);
        }
    }

    fn keep(&mut self, mark: Mark) {
        if self.marks.len() == MOST_MARKS {
            self.marks.remove(0);
        }
        self.marks.push(mark);
    }

    /// The field for words, where they are to stand.
    fn words_ui(&mut self, ui: &mut Ui, rect: Rect, color: Color32) {
        let Some((place, text)) = &mut self.typed else {
            return;
        };
        let size = WORDS * rect.height();
        let at = place_on(rect, *place);
        let field = TextEdit::singleline(text)
            .char_limit(limits::TEXT)
            .font(FontId::proportional(size))
            .text_color(color)
            .char_limit(200)
            .desired_width(260.0);
        let field_rect = Rect::from_min_size(at - vec2(4.0, 0.7 * size), vec2(280.0, 1.5 * size));
        let response = ui.put(field_rect, field);
        let (done, gone) = ui.input(|input| {
            (
                input.key_pressed(Key::Enter),
                input.key_pressed(Key::Escape),
            )
        });
        if gone {
            self.typed = None;
        } else if done || (response.lost_focus() && !text.is_empty()) {
            self.finish_words();
        } else {
            response.request_focus();
        }
    }

    fn finish_words(&mut self) {
        if let Some((at, text)) = self.typed.take()
            && !text.trim().is_empty()
        {
            self.keep(Mark::Words(at, text.trim().to_owned()));
        }
    }
}

/// A position as parts of the width and the height.
fn place_in(rect: Rect, at: Pos2) -> Pos2 {
    let from = at - rect.min;
    pos2(
        (from.x / rect.width().max(1.0)).clamp(0.0, 1.0),
        (from.y / rect.height().max(1.0)).clamp(0.0, 1.0),
    )
}

/// The inverse of [`place_in`].
fn place_on(rect: Rect, place: Pos2) -> Pos2 {
    rect.min + vec2(place.x * rect.width(), place.y * rect.height())
}

fn paint(painter: &Painter, rect: Rect, mark: &Mark, color: Color32) {
    let stroke = Stroke::new((STROKE * rect.height()).max(2.0), color);
    match mark {
        Mark::Line(points) => {
            let points = points.iter().map(|point| place_on(rect, *point)).collect();
            painter.add(Shape::line(points, stroke));
        }
        Mark::Arrow([tail, head]) => {
            let (tail, head) = (place_on(rect, *tail), place_on(rect, *head));
            painter.arrow(tail, head - tail, stroke);
        }
        Mark::Words(at, text) => {
            let font = FontId::proportional(WORDS * rect.height());
            painter.text(place_on(rect, *at), Align2::LEFT_CENTER, text, font, color);
        }
    }
}

/// Darkens everything but a disc: rings from the disc outwards, so that nothing is darkened twice.
fn spotlight(painter: &Painter, rect: Rect, at: Pos2) {
    let radius = SPOT * rect.height();
    let corners = [
        rect.left_top(),
        rect.right_top(),
        rect.left_bottom(),
        rect.right_bottom(),
    ];
    let farthest = corners.iter().map(|corner| corner.distance(at));
    let width = (farthest.fold(radius, f32::max) - radius).max(1.0);
    let shade = theme::shade();
    painter
        .with_clip_rect(rect)
        .circle_stroke(at, radius + 0.5 * width, Stroke::new(width, shade));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_where_it_was_meant_when_the_window_changes() {
        let before = Rect::from_min_size(pos2(10.0, 20.0), vec2(400.0, 200.0));
        let after = Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 100.0));
        let place = place_in(before, pos2(110.0, 70.0));
        assert_eq!(place, pos2(0.25, 0.25));
        assert_eq!(place_on(after, place), pos2(200.0, 25.0));
        assert_eq!(place_in(before, pos2(-50.0, 900.0)), pos2(0.0, 1.0));
    }

    #[test]
    fn the_oldest_marks_make_room_for_new_ones() {
        let mut annotations = Annotations::default();
        for at in 0..=MOST_MARKS {
            annotations.keep(Mark::Words(Pos2::ZERO, at.to_string()));
        }
        assert_eq!(annotations.marks.len(), MOST_MARKS);
        assert_eq!(
            annotations.marks[0],
            Mark::Words(Pos2::ZERO, "1".to_owned())
        );
        annotations.clear();
        assert!(annotations.is_empty());
    }
}
