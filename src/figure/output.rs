//! A laid-out figure as a file: SVG, PNG by a software renderer, PDF with real text. Every file
//! carries the recipe it shows.

use std::path::Path;

use krilla::configure::{ConfigurationBuilder, PdfVersion};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Size;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt as _, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::image::Image;
use super::imprint::Imprint;
use super::page::{self, Page};
use super::{Figure, fonts};
use crate::files::{NewFile, WriteError};

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Document Format.
    Pdf,
    /// Portable Network Graphics.
    Png,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Svg, Self::Pdf, Self::Png];

    /// The ending of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
        }
    }

    /// The format that a file's name asks for.
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == extension)
    }
}

/// Pixels of a PNG per point at scale 1: 96 to an inch.
pub const PIXELS_PER_POINT: f64 = 96.0 / 72.0;

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// Too large for memory, or not a picture at all.
    #[error(
        "a picture of {width} × {height} pixels cannot be made: choose a smaller width or scale"
    )]
    Size {
        /// Pixels across.
        width: f64,
        /// Pixels down.
        height: f64,
    },
    /// A renderer refused what the layout made.
    #[error("the figure could not be drawn: {0}")]
    Renderer(String),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The largest PNG, in pixels: 400 MB while it is being drawn.
const MOST_PIXELS: f64 = 1e8;

/// The figure as SVG.
pub fn svg(figure: &Figure, page: &Page, imprint: &Imprint) -> String {
    let (sheet, size) = page::lay_out(figure, page);
    let whole = [[0.0; 2], size];
    let corners = if page.tight {
        let drawn = sheet.clone().bare().finish(whole, &Imprint::default());
        // What cannot be measured is not cut; drawing it will say why.
        extent(&drawn).unwrap_or(whole)
    } else {
        whole
    };
    sheet.finish(corners, imprint)
}

/// The corners of everything that is drawn, in points; `None` if nothing is.
fn extent(svg: &str) -> Option<[[f64; 2]; 2]> {
    let tree = parsed(svg).ok()?;
    let bounds = tree.root().abs_layer_bounding_box();
    let corners = [
        [bounds.left(), bounds.top()],
        [bounds.right(), bounds.bottom()],
    ];
    Some(corners.map(|corner| corner.map(|pixels| f64::from(pixels) / PIXELS_PER_POINT)))
}

/// The figure as pixels.
pub fn image(figure: &Figure, page: &Page, scale: f64) -> Result<Image, FigureError> {
    rendered(&parsed(&svg(figure, page, &Imprint::default()))?, scale)
}

fn parsed(svg: &str) -> Result<Tree, FigureError> {
    let options = Options {
        fontdb: fonts::database(),
        font_family: "Noto Sans".to_owned(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| FigureError::Renderer(error.to_string()))
}

fn rendered(tree: &Tree, scale: f64) -> Result<Image, FigureError> {
    // The tree's size is in pixels of 96 to an inch already.
    let [width, height] = [tree.size().width(), tree.size().height()]
        .map(|length| (f64::from(length) * scale).round());
    let too_large = FigureError::Size { width, height };
    if !(width >= 1.0 && height >= 1.0 && width * height <= MOST_PIXELS) {
        return Err(too_large);
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or(too_large)?;
    let scale = Transform::from_scale(
        pixmap.width() as f32 / tree.size().width(),
        pixmap.height() as f32 / tree.size().height(),
    );
    resvg::render(tree, scale, &mut pixmap.as_mut());
    Ok(Image {
        width: pixmap.width(),
        height: pixmap.height(),
        pixels: pixmap.take_demultiplied(),
    })
}

fn pdf(tree: &Tree, imprint: &Imprint) -> Result<Vec<u8>, FigureError> {
    let failed = |what: &str| FigureError::Renderer(what.to_owned());
    let pixels = [tree.size().width(), tree.size().height()];
    let [width, height] = pixels.map(|length| length / PIXELS_PER_POINT as f32);
    let too_large = FigureError::Size {
        width: width.into(),
        height: height.into(),
    };
    let settings = PageSettings::from_wh(width, height).ok_or(too_large)?;
    // What typesetting systems of ten years ago include without a warning.
    let version = ConfigurationBuilder::new().with_version(PdfVersion::Pdf15);
    let configuration = version
        .finish()
        .map_err(|error| FigureError::Renderer(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    document.set_metadata(
        Metadata::new()
            .title(imprint.title.clone())
            .description(imprint.about.clone())
            .keywords(vec![imprint.link.clone()])
            .creator(format!("Implicit Bias Lab {}", env!("CARGO_PKG_VERSION")))
            .language("en".to_owned()),
    );
    if !imprint.toml.is_empty() {
        document.embed_file(EmbeddedFile {
            path: "recipe.toml".to_owned(),
            mime_type: MimeType::new("application/toml"),
            description: Some("The run that this figure shows".to_owned()),
            association_kind: AssociationKind::Source,
            data: imprint.toml.clone().into_bytes().into(),
            modification_date: None,
            compress: Some(false),
            location: None,
        });
    }
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let size = Size::from_wh(width, height).ok_or_else(|| failed("it has no size"))?;
    surface
        .draw_svg(tree, size, SvgSettings::default())
        .ok_or_else(|| failed("the PDF writer did not take it"))?;
    surface.finish();
    page.finish();
    document
        .finish()
        .map_err(|error| FigureError::Renderer(format!("{error:?}")))
}

/// The bytes of a file. `scale` is for PNG alone.
pub fn bytes(
    figure: &Figure,
    page: &Page,
    imprint: &Imprint,
    format: Format,
    scale: f64,
) -> Result<Vec<u8>, FigureError> {
    let svg = svg(figure, page, imprint);
    match format {
        Format::Svg => Ok(svg.into_bytes()),
        Format::Pdf => pdf(&parsed(&svg)?, imprint),
        Format::Png => {
            let mut bytes = Vec::new();
            rendered(&parsed(&svg)?, scale)?
                .write_png(&mut bytes, &imprint.texts(), Some(96.0 * scale))
                .map_err(|error| FigureError::Renderer(error.to_string()))?;
            Ok(bytes)
        }
    }
}

/// Writes a file, after a look at its place.
pub fn write(
    path: &Path,
    figure: &Figure,
    page: &Page,
    imprint: &Imprint,
    format: Format,
    scale: f64,
) -> Result<(), FigureError> {
    let file = NewFile::at(path)?;
    let bytes = bytes(figure, page, imprint, format, scale)?;
    Ok(file.fill(|out| out.write_all(&bytes))?)
}
