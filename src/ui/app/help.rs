//! The list of keys.

use eframe::egui::{Context, Grid, RichText, Window};

use super::App;
use crate::ui::actions::{self, Action};
use crate::ui::theme;

impl App {
    /// Draws it while it is open.
    pub(super) fn help_ui(&mut self, ctx: &Context) {
        let lab = self.live.lab();
        // A list that is longer than the window scrolls.
        let highest = ctx.content_rect().height() - 60.0;
        let mut wants_commands = false;
        let keys = Window::new("Keys")
            .open(&mut self.help)
            .vscroll(true)
            .max_height(highest);
        keys.collapsible(false).resizable(false).show(ctx, |ui| {
            let find = ui.button("Find an action, a preset, a picture or a setting (Ctrl+K)");
            wants_commands = find.clicked();
            ui.add_space(6.0);
            // In two columns: all of them are seen at once.
            let listed = actions::help(lab);
            let rows = listed.len().div_ceil(2);
            Grid::new("keys")
                .num_columns(4)
                .spacing([24.0, 6.0])
                .show(ui, |ui| {
                    for row in 0..rows {
                        for (keys, help) in
                            [row, row + rows].iter().filter_map(|at| listed.get(*at))
                        {
                            ui.label(RichText::new(keys).font(theme::bold(15.0)));
                            ui.label(*help);
                        }
                        ui.end_row();
                    }
                });
            ui.add_space(6.0);
            ui.label(
                "In a plot: drag to pan, Ctrl+wheel or right-drag to zoom, double-click to fit.",
            );
            if let Some(paper) = lab.source() {
                ui.label(format!("Figures and equations are numbered as in {paper}"));
            }
        });
        if wants_commands {
            self.help = false;
            self.act(ctx, Action::OpenCommands);
        }
    }
}
