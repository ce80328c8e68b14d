//! A run that is written again in a worker, so that the page goes on meanwhile.

use std::path::Path;

use super::files;
use super::port::{Kind, Port};
use crate::recipe::Recipe;
use crate::wire::{FromWriter, ToWriter};

/// See the module. Dropped, it stops, and nothing is written.
pub(crate) struct Writer {
    port: Port,
}

impl Writer {
    /// Runs a recipe once more up to its step; what it makes becomes a download.
    pub(crate) fn start(recipe: &Recipe, out: &Path, record_noise: bool) -> Result<Self, String> {
        // Whoever waits for it looks in every frame.
        let mut port = Port::start(Kind::Writer, || {})?;
        port.send(&ToWriter {
            recipe: recipe.to_toml(),
            out: out.to_string_lossy().into_owned(),
            record_noise,
        })?;
        Ok(Self { port })
    }

    /// Takes in what it has said, telling how far it is, and whether all is written; or why it never will be.
    pub(crate) fn is_done(&self, mut progress: impl FnMut(f64)) -> Result<bool, String> {
        while let Some(said) = self.port.try_recv()? {
            match said {
                FromWriter::Reached(part) => progress(part),
                FromWriter::File(name, bytes) => {
                    let taken = files::download(&name, &bytes);
                    taken.map_err(|error| error.to_string())?;
                }
                FromWriter::Written => return Ok(true),
                FromWriter::Failed(reason) => return Err(reason),
            }
        }
        Ok(false)
    }
}
