//! NPY files, one array each, as NumPy's `save` writes them: a header in Python's notation, then the numbers.
//!
//! They are read as values: no bytes make the reader panic, take long or take memory that they do not fill.

use std::io;

/// What every file begins with, before the version of the format.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Header and what is before it are a multiple of this long.
const ALIGNMENT: usize = 64;

/// Directions of an array: as many as NumPy had for twenty years.
const MOST_DIMENSIONS: usize = 32;

/// What the numbers of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// In double precision.
    Reals,
    /// Of 64 bits, with a sign.
    Integers,
}

/// What stands before the numbers of an array of this shape, which follow in C order, the lowest byte of each first.
pub fn header(numbers: Numbers, shape: &[u64]) -> Vec<u8> {
    let kind = match numbers {
        Numbers::Reals => "<f8",
        Numbers::Integers => "<i8",
    };
    let sizes: Vec<String> = shape.iter().map(u64::to_string).collect();
    // One size needs a comma, or the brackets would be those of a sum.
    let comma = if sizes.len() == 1 { "," } else { "" };
    let mut text = format!(
        "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}{comma}), }}",
        sizes.join(", ")
    );
    let before = MAGIC.len() + 4;
    let total = (before + text.len() + 1).next_multiple_of(ALIGNMENT);
    text.extend(std::iter::repeat_n(' ', total - before - text.len() - 1));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    // Shapes have two sizes at most: some eighty bytes.
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.into_bytes());
    bytes
}

/// An array of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array<'a> {
    kind: Kind,
    big_endian: bool,
    columns_first: bool,
    shape: Vec<u64>,
    /// As many bytes as the shape says.
    bytes: &'a [u8],
}

/// A kind of numbers, and how many bytes each takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Real(usize),
    Signed(usize),
    Unsigned(usize),
    Flag,
}

impl Kind {
    /// From NumPy's letter and size.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "f8" => Self::Real(8),
            "f4" => Self::Real(4),
            "i8" => Self::Signed(8),
            "i4" => Self::Signed(4),
            "i2" => Self::Signed(2),
            "i1" => Self::Signed(1),
            "u8" => Self::Unsigned(8),
            "u4" => Self::Unsigned(4),
            "u2" => Self::Unsigned(2),
            "u1" => Self::Unsigned(1),
            "b1" => Self::Flag,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::Real(size) | Self::Signed(size) | Self::Unsigned(size) => size,
            Self::Flag => 1,
        }
    }
}

impl<'a> Array<'a> {
    /// Reads the header, and sees that its numbers are there.
    pub fn read(bytes: &'a [u8]) -> io::Result<Self> {
        let (text, data) = parts(bytes).ok_or_else(|| error("it is cut off or no NPY file"))?;
        let Header {
            kind,
            columns_first,
            shape,
        } = std::str::from_utf8(text)
            .ok()
            .and_then(Header::read)
            .ok_or_else(|| error("its header cannot be read"))?;
        if shape.len() > MOST_DIMENSIONS {
            let more = shape.len();
            return Err(io::Error::other(format!(
                "it has {more} dimensions: save a matrix or a vector"
            )));
        }
        let (order, name) = kind.split_at_checked(1).unwrap_or_default();
        let kind = Kind::named(name).filter(|_| matches!(order, "<" | ">" | "|" | "="));
        let kind = kind.ok_or_else(|| error("it holds no real numbers: save it as float64"))?;
        let length = shape.iter().try_fold(kind.size() as u64, |product, size| {
            product.checked_mul(*size)
        });
        let bytes = length
            .and_then(|length| data.get(..usize::try_from(length).ok()?))
            .ok_or_else(|| error("it announces more numbers than it has"))?;
        Ok(Self {
            kind,
            big_endian: order == ">",
            columns_first,
            shape,
            bytes,
        })
    }

    /// Its size in every direction.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Whether its columns stand one after the other, not its rows.
    pub fn has_columns_first(&self) -> bool {
        self.columns_first && self.shape.len() > 1
    }

    /// Its numbers in their order, rounded to double precision.
    pub fn reals(&self) -> Vec<f64> {
        match self.kind {
            Kind::Real(8) => self.decoded(f64::from_le_bytes),
            Kind::Real(_) => self.decoded(|bytes| f64::from(f32::from_le_bytes(bytes))),
            Kind::Signed(8) => self.decoded(|bytes| i64::from_le_bytes(bytes) as f64),
            Kind::Signed(4) => self.decoded(|bytes| f64::from(i32::from_le_bytes(bytes))),
            Kind::Signed(2) => self.decoded(|bytes| f64::from(i16::from_le_bytes(bytes))),
            Kind::Signed(_) => self.decoded(|bytes| f64::from(i8::from_le_bytes(bytes))),
            Kind::Unsigned(8) => self.decoded(|bytes| u64::from_le_bytes(bytes) as f64),
            Kind::Unsigned(4) => self.decoded(|bytes| f64::from(u32::from_le_bytes(bytes))),
            Kind::Unsigned(2) => self.decoded(|bytes| f64::from(u16::from_le_bytes(bytes))),
            Kind::Unsigned(_) => self.decoded(|bytes| f64::from(u8::from_le_bytes(bytes))),
            Kind::Flag => self.decoded(|[byte]| f64::from(u8::from(byte != 0))),
        }
    }

    /// Its numbers in their order, where they are in double precision.
    pub fn doubles(&self) -> Option<Vec<f64>> {
        (self.kind == Kind::Real(8)).then(|| self.reals())
    }

    /// Its numbers in their order, where they are of 64 bits with a sign.
    pub fn integers(&self) -> Option<Vec<i64>> {
        (self.kind == Kind::Signed(8)).then(|| self.decoded(i64::from_le_bytes))
    }

    /// From the bytes of each number, the lowest first.
    fn decoded<T, const SIZE: usize>(&self, number: impl Fn([u8; SIZE]) -> T) -> Vec<T> {
        let (numbers, _) = self.bytes.as_chunks::<SIZE>();
        let numbers = numbers.iter().map(|bytes| {
            let mut bytes = *bytes;
            if self.big_endian {
                bytes.reverse();
            }
            number(bytes)
        });
        numbers.collect()
    }
}

fn error(reason: &str) -> io::Error {
    io::Error::other(reason)
}

/// The header and what is behind it.
fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// What a header says.
struct Header<'a> {
    /// Byte order, letter and size; something else for arrays of more than numbers.
    kind: &'a str,
    columns_first: bool,
    shape: Vec<u64>,
}

impl<'a> Header<'a> {
    /// Reads `{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }`.
    fn read(text: &'a str) -> Option<Self> {
        let (mut kind, mut columns_first, mut shape) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{')?;
        loop {
            rest = rest.trim_start();
            if rest == "}" {
                break;
            }
            let (key, value) = quoted(rest)?;
            let value = value.trim_start().strip_prefix(':')?.trim_start();
            rest = match key {
                // The names and kinds of an array of records, in brackets of their own.
                "descr" if value.starts_with('[') => {
                    kind = Some("records");
                    value.split_at_checked(value.rfind(']')? + 1)?.1
                }
                "descr" => {
                    let (name, rest) = quoted(value)?;
                    kind = Some(name);
                    rest
                }
                "fortran_order" => {
                    let word = ["True", "False"]
                        .into_iter()
                        .find(|word| value.starts_with(word))?;
                    columns_first = Some(word == "True");
                    &value[word.len()..]
                }
                "shape" => {
                    let (sizes, rest) = value.strip_prefix('(')?.split_once(')')?;
                    shape = Some(sizes_in(sizes)?);
                    rest
                }
                _ => return None,
            };
            rest = rest.trim_start();
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None if rest == "}" => {}
                None => return None,
            }
        }
        Some(Self {
            kind: kind?,
            columns_first: columns_first?,
            shape: shape?,
        })
    }
}

/// What is between quotes at the beginning of a text, and what is behind them.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// Whole numbers between commas, of which there may be one behind the last; Python 2 wrote an L behind long ones.
fn sizes_in(text: &str) -> Option<Vec<u64>> {
    let text = text.trim();
    let text = text.strip_suffix(',').unwrap_or(text);
    if text.is_empty() {
        return Some(Vec::new());
    }
    let sizes = text.split(',').map(|size| {
        let size = size.trim();
        size.strip_suffix('L').unwrap_or(size).parse().ok()
    });
    sizes.collect()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::files::npz::reals;

    /// What NumPy 2.4 writes before the numbers of some arrays: kind, order and shape, and how many blanks follow.
    fn of_numpy(text: &str, blanks: usize) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\0v\0".to_vec();
        bytes.extend(text.bytes());
        bytes.extend(vec![b' '; blanks]);
        bytes.push(b'\n');
        bytes
    }

    fn file(text: &str, numbers: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x02\0".to_vec();
        bytes.extend((text.len() as u32).to_le_bytes());
        bytes.extend(text.bytes());
        bytes.extend(numbers);
        bytes
    }

    fn matrix() -> Vec<u8> {
        let mut bytes = header(Numbers::Reals, &[2, 3]);
        for number in [1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN] {
            bytes.extend(f64::to_le_bytes(number));
        }
        bytes
    }

    #[test]
    fn headers_are_numpy_s() {
        let matrix = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
        assert_eq!(header(Numbers::Reals, &[2, 3]), of_numpy(matrix, 58));
        let vector = "{'descr': '<i8', 'fortran_order': False, 'shape': (30,), }";
        assert_eq!(header(Numbers::Integers, &[30]), of_numpy(vector, 59));
        let number = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
        assert_eq!(header(Numbers::Reals, &[]), of_numpy(number, 62));
    }

    /// Files of NumPy 2.4: numbers of two bytes with the highest first, columns first, flags.
    #[test]
    fn what_numpy_wrote_is_read() {
        let high_first = "{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }";
        let mut bytes = of_numpy(high_first, 60);
        bytes.extend([0, 0, 0xff, 0xfe, 1, 2]);
        let array = Array::read(&bytes).unwrap();
        assert_eq!(
            (array.reals(), array.shape()),
            (vec![0.0, -2.0, 258.0], &[3][..])
        );
        assert_eq!(array.integers(), None);

        let columns = "{'descr': '<u4', 'fortran_order': True, 'shape': (2, 3), }";
        let mut bytes = of_numpy(columns, 59);
        for number in [0_u32, 3, 1, 4, 2, 5] {
            bytes.extend(number.to_le_bytes());
        }
        assert!(Array::read(&bytes).unwrap().has_columns_first());
        let in_rows = vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(reals(&bytes).unwrap(), (in_rows, vec![2, 3]));

        let flags = "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }";
        let mut bytes = of_numpy(flags, 60);
        bytes.extend([1, 0]);
        assert_eq!(reals(&bytes).unwrap().0, [1.0, 0.0]);
    }

    /// Every kind, the lowest byte first and the highest; text as older versions wrote it, and as other programs may.
    #[test]
    fn kinds_of_numbers_are_read_in_either_order_of_bytes() {
        let kinds: [(&str, &[u8]); 10] = [
            ("f8", &(-3.0_f64).to_le_bytes()),
            ("f4", &(-3.0_f32).to_le_bytes()),
            ("i8", &(-3_i64).to_le_bytes()),
            ("i4", &(-3_i32).to_le_bytes()),
            ("i2", &(-3_i16).to_le_bytes()),
            ("i1", &(-3_i8).to_le_bytes()),
            ("u8", &3_u64.to_le_bytes()),
            ("u4", &3_u32.to_le_bytes()),
            ("u2", &3_u16.to_le_bytes()),
            ("u1", &[3]),
        ];
        for (kind, low_first) in kinds {
            let sign = if kind.starts_with('u') { 1.0 } else { -1.0 };
            let high_first: Vec<u8> = low_first.iter().rev().copied().collect();
            for (order, bytes) in [("<", low_first), (">", &high_first)] {
                let text = format!(
                    "{{\"shape\":(1L , 1),'fortran_order':False,\n 'descr' : '{order}{kind}'}}  \n"
                );
                let bytes = file(&text, bytes);
                let array = Array::read(&bytes).unwrap();
                assert_eq!(array.reals(), [sign * 3.0], "{order}{kind}");
                assert_eq!(array.integers().is_some(), kind == "i8");
                assert_eq!(array.doubles().is_some(), kind == "f8");
            }
        }
    }

    #[test]
    fn other_arrays_are_refused_in_a_line() {
        let header = |kind: &str, shape: &str| {
            format!("{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}")
        };
        let cases = [
            (header("'<c16'", "(1,)"), "no real numbers"),
            (header("'<f2'", "(1,)"), "no real numbers"),
            (header("'|O'", "(1,)"), "no real numbers"),
            (header("''", "(1,)"), "no real numbers"),
            (header("'é8'", "(1,)"), "no real numbers"),
            (
                header("[('a', '<f8'), ('b', '<i8')]", "(1,)"),
                "no real numbers",
            ),
            (header("'<f8'", "(3,)"), "more numbers than it has"),
            (
                header("'<f8'", "(4611686018427387904, 4, 0)"),
                "more numbers",
            ),
            (header("'<f8'", "(\n99999999999, 99)"), "more numbers"),
            (
                header("'<f8'", &format!("({})", "1, ".repeat(1000))),
                "1000 dimensions",
            ),
            (header("'<f8'", "(-1,)"), "header cannot be read"),
            (header("'<f8'", "(1,,)"), "header cannot be read"),
            (
                header("'<f8'", &format!("({}", "[".repeat(1000))),
                "header cannot be read",
            ),
            (
                header("'<f8'", &format!("(2, {})", "1".repeat(5000))),
                "header cannot be read",
            ),
            (
                "{'descr': '<f8', 'shape': (1,)}".to_owned(),
                "header cannot be read",
            ),
            (
                "{'descr': '<f8' 'shape': (1,)}".to_owned(),
                "header cannot be read",
            ),
            (header("'<f8'", "(1,), 'more': 1"), "header cannot be read"),
        ];
        for (text, reason) in cases {
            let bytes = file(&text, &[0; 16]);
            let error = Array::read(&bytes).unwrap_err().to_string();
            assert!(
                error.contains(reason) && error.len() < 200,
                "{text}: {error}"
            );
        }
        assert!(Array::read(b"PK\x03\x04").is_err());
        assert!(Array::read(b"\x93NUMPY\x07\0\0\0").is_err());
    }

    #[test]
    fn no_bytes_make_an_array_panic() {
        let whole = matrix();
        assert_eq!(Array::read(&whole).unwrap().shape(), [2, 3]);
        for length in 0..whole.len() {
            assert!(Array::read(&whole[..length]).is_err(), "{length}");
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..bytes.len().min(128));
                bytes[at] = if rng.random() {
                    rng.random()
                } else {
                    b"0123456789(),'{}: <>fi"[rng.random_range(0..22)]
                };
            }
            if let Ok(array) = Array::read(&bytes) {
                drop(array.integers());
            }
            drop(reals(&bytes));
        }
    }
}
