//! A file as lines of text, whatever its encoding: UTF-8, UTF-16 with a byte order mark, Latin-1; gzip or not.
//!
//! Nothing is read whole: what is too long, too large or no text is refused where it is met.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::files::input::{self, Source};
use crate::files::limits;
use crate::model::watch::Watch;

/// Lines that a quoted cell may go on for.
const MOST_LINES_OF_A_CELL: usize = 1_000;

/// What an open file begins with, and all of it.
pub(super) type Bytes = Box<dyn Read>;

/// The lines of a file.
pub(super) struct Lines {
    source: BufReader<Bytes>,
    /// Parts of a line that the carriage returns of old systems end.
    pending: VecDeque<String>,
    line: u64,
    left: u64,
    watch: Watch,
    /// What the text was decoded from, if it is not UTF-8.
    pub(super) encoding: Option<&'static str>,
}

/// Opens a regular file of data.
pub(super) fn open(path: &Path) -> Result<Source, String> {
    input::open(path, limits::DATA)
}

/// Adds a file's bytes to a checksum.
pub(super) fn checksum(
    path: &Path,
    hasher: &mut crc32fast::Hasher,
    watch: &Watch,
) -> Result<(), String> {
    let mut file = open(path)?.take(limits::DATA);
    let mut buffer = vec![0; 1 << 16];
    loop {
        watch.check().map_err(|error| error.to_string())?;
        match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => hasher.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// The first bytes of a file, fewer if it is shorter.
pub(super) fn first_bytes(path: &Path) -> Result<Vec<u8>, String> {
    beginning(&mut open(path)?)
}

fn beginning(source: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = source.take(8).read_to_end(&mut bytes);
    read.map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn too_large() -> String {
    format!("{}: use fewer rows", input::too_large(limits::DATA))
}

impl Lines {
    /// Opens a file, unpacks gzip and finds its encoding.
    pub(super) fn open(path: &Path, watch: &Watch) -> Result<Self, String> {
        let mut file = open(path)?;
        let size = input::size(&file).unwrap_or(0);
        let first = beginning(&mut file)?;
        let whole = io::Cursor::new(first.clone()).chain(file);
        if first.starts_with(b"\x1f\x8b") {
            let unpacked = MultiGzDecoder::new(BufReader::new(whole));
            return Self::decode(Box::new(unpacked), watch);
        }
        watch.begin("the data: megabyte", size >> 20);
        Self::decode(Box::new(whole), watch)
    }

    pub(super) fn decode(mut bytes: Bytes, watch: &Watch) -> Result<Self, String> {
        let first = beginning(&mut bytes)?;
        let (marks, wide): (usize, Option<fn([u8; 2]) -> u16>) = match first[..] {
            [0xef, 0xbb, 0xbf, ..] => (3, None),
            [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes)),
            [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes)),
            _ => (0, None),
        };
        let rest = io::Cursor::new(first[marks..].to_vec()).chain(bytes);
        let source: Bytes = match wide {
            Some(unit) => Box::new(Utf16::new(rest, unit)),
            None => Box::new(rest),
        };
        Ok(Self {
            source: BufReader::with_capacity(1 << 16, source),
            pending: VecDeque::new(),
            line: 0,
            left: limits::DATA,
            watch: watch.clone(),
            encoding: wide.map(|_| "UTF-16"),
        })
    }

    /// The next record with the number of its first line: a line, or several where a quoted cell goes on.
    /// `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, String)>, (u64, String)> {
        let Some(mut record) = self.next_line()? else {
            return Ok(None);
        };
        let first = self.line;
        let mut lines = 1;
        // A comment may hold a single quotation mark.
        let quoted = |record: &str| record.matches('"').count() % 2 == 1;
        while !record.trim_start().starts_with(['#', '%']) && quoted(&record) {
            let next = self.next_line()?.filter(|_| lines < MOST_LINES_OF_A_CELL);
            let Some(next) = next else {
                let reason = "a quotation mark `\"` that opens a cell here is never closed: add or remove one";
                return Err((first, reason.to_owned()));
            };
            record.push('\n');
            record.push_str(&next);
            lines += 1;
            if record.len() as u64 > limits::DATA_LINE {
                return Err((first, too_long()));
            }
        }
        Ok(Some((first, record)))
    }

    fn next_line(&mut self) -> Result<Option<String>, (u64, String)> {
        if let Some(line) = self.pending.pop_front() {
            self.line += 1;
            return Ok(Some(line));
        }
        let at = self.line + 1;
        let go_on = self.watch.check();
        go_on.map_err(|error| (at, error.to_string()))?;
        let mut bytes = Vec::new();
        let most = limits::DATA_LINE.min(self.left);
        let read = (&mut self.source)
            .take(most + 1)
            .read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| (at, error.to_string()))? as u64;
        if read == 0 {
            return Ok(None);
        }
        if read > self.left {
            return Err((at, too_large()));
        }
        if read > limits::DATA_LINE {
            return Err((at, too_long()));
        }
        self.left -= read;
        self.watch.note_done((limits::DATA - self.left) >> 20);
        if bytes.ends_with(b"\n") {
            bytes.pop();
        }
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
        if bytes.contains(&0) {
            return Err((
                at,
                "it is not text: save the table as CSV, or as .npy or .npz".to_owned(),
            ));
        }
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            self.encoding = Some("Latin-1");
            let latin = error.as_bytes().iter().map(|byte| char::from(*byte));
            latin.collect()
        });
        self.line = at;
        if text.contains('\r') {
            self.pending = text.split('\r').map(str::to_owned).collect();
            return Ok(self.pending.pop_front());
        }
        Ok(Some(text))
    }
}

fn too_long() -> String {
    format!(
        "the line is longer than {} MB: use fewer columns",
        limits::DATA_LINE >> 20
    )
}

/// UTF-16 as UTF-8.
struct Utf16<R> {
    source: BufReader<R>,
    unit: fn([u8; 2]) -> u16,
    /// The first half of a pair of surrogates.
    high: Option<u16>,
    decoded: VecDeque<u8>,
}

impl<R: Read> Utf16<R> {
    fn new(source: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self {
            source: BufReader::new(source),
            unit,
            high: None,
            decoded: VecDeque::new(),
        }
    }

    /// Decodes one more unit; what is no character becomes a replacement character.
    fn decode(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 2];
        match self.source.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        let unit = (self.unit)(bytes);
        let units = match self.high.take() {
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high = Some(unit);
                return Ok(true);
            }
            None => vec![unit],
            Some(high) => vec![high, unit],
        };
        for character in char::decode_utf16(units) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut utf8 = [0; 4];
            self.decoded
                .extend(character.encode_utf8(&mut utf8).bytes());
        }
        Ok(true)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoded.len() < buffer.len() && self.decode()? {}
        self.decoded.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: Bytes) -> Result<Lines, String> {
        Lines::decode(bytes, &Watch::default())
    }

    fn lines(bytes: &[u8]) -> Vec<(u64, String)> {
        let mut lines = decode(Box::new(io::Cursor::new(bytes.to_vec()))).unwrap();
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(line);
        }
        all
    }

    #[test]
    fn every_way_to_end_a_line_and_to_write_a_letter_is_read() {
        let expected = [(1, "é,b".to_owned()), (2, "1,2".to_owned())];
        let utf16 = |order: fn(u16) -> [u8; 2]| {
            let units = "\u{feff}é,b\r\n1,2".encode_utf16();
            units.flat_map(order).collect::<Vec<u8>>()
        };
        for bytes in [
            "é,b\n1,2\n".as_bytes().to_vec(),
            "\u{feff}é,b\r\n1,2".as_bytes().to_vec(),
            "é,b\r1,2\r".as_bytes().to_vec(),
            b"\xe9,b\n1,2\n".to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            let found: Vec<_> = lines(&bytes)
                .into_iter()
                .filter(|(_, line)| !line.is_empty())
                .collect();
            assert_eq!(found, expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_quoted_cell_may_go_on_and_must_end() {
        let whole = lines(b"\"a\nb\",c\n1,2\n");
        assert_eq!(whole, [(1, "\"a\nb\",c".to_owned()), (3, "1,2".to_owned())]);
        let mut torn = decode(Box::new(&b"a,b\n1,\"2\n"[..])).unwrap();
        torn.next().unwrap();
        let (line, reason) = torn.next().unwrap_err();
        assert_eq!(line, 2);
        assert!(reason.contains("never closed"), "{reason}");
    }

    #[test]
    fn what_is_no_text_or_has_no_end_is_refused() {
        let mut binary = decode(Box::new(&b"\x7fELF\0\0"[..])).unwrap();
        assert!(binary.next().unwrap_err().1.contains("not text"));
        let mut endless = decode(Box::new(io::repeat(b'1'))).unwrap();
        assert!(endless.next().unwrap_err().1.contains("longer than 32 MB"));
        let mut blank = decode(Box::new(io::repeat(b'\n'))).unwrap();
        blank.left = 1 << 10;
        let end = std::iter::repeat_with(|| blank.next()).find_map(Result::err);
        assert!(end.unwrap().1.contains("1024 MB"));
    }
}
