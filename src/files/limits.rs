//! How much of what comes from outside is taken: files, links, pasted texts. Whatever exceeds a limit is refused with
//! the limit in the message, before it is read whole.
//!
//! They are far above what is meant, and low enough for a window to stay at work: text of a megabyte takes seconds to
//! lay out, and a list of a million entries gigabytes to hold.

/// Bytes of a file of data, unpacked: more than twenty million numbers take.
pub const DATA: u64 = 1 << 30;

/// Bytes of a line of it: more than a million numbers take.
pub const DATA_LINE: u64 = 32 << 20;

/// Bytes of a file that carries a recipe, such as a picture or a PDF: only so many are searched.
pub const CARRIER: u64 = 64 << 20;

/// Bytes of a recipe as TOML: more than [`CHANGES`] take.
pub const RECIPE: usize = 16 << 20;

/// Lines of it: more than [`CHANGES`] take.
pub const RECIPE_LINES: usize = 1_000_000;

/// Bytes of what a link unpacks to.
pub const LINK: u64 = RECIPE as u64;

/// Live changes of a recipe: more than hours at a slider make.
pub const CHANGES: usize = 200_000;

/// Numbers of a setting that takes a list: more than the widest data have columns.
pub const LIST: usize = 2_000_000;

/// Characters of a setting that takes a text, such as a path or names of columns.
pub const TEXT: usize = 10_000;

/// Characters of a recipe's title.
pub const TITLE: usize = 500;

/// Characters of what a recipe says about itself.
pub const ABOUT: usize = 10_000;

/// Characters of a question: it is asked in large type.
pub const QUESTION: usize = 2_000;

/// Lines of a question.
pub const QUESTION_LINES: usize = 20;

/// Pictures that a recipe can name.
pub const PICTURES: usize = 100;

/// Characters of a message that goes to the window or to a terminal.
pub const MESSAGE: usize = 1_000;

/// Bytes of a file that is brought into a browser's page: every worker has a copy of it.
pub const BROUGHT: u64 = 64 << 20;

/// Bytes of all files that are kept in a page.
pub const BROUGHT_IN_ALL: u64 = 4 * BROUGHT;

/// Bytes of a folder that is made in a page: they are in memory three times in the end, and a page has 4 GB.
pub const DOWNLOAD: u64 = 1 << 30;
