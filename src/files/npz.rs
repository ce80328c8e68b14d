//! NPY arrays and NPZ archives of them, read as values: no bytes make the reader panic or take memory that
//! they do not fill.

use std::io::{self, BufReader, Read as _};
use std::path::Path;

use npyz::{NpyFile, Order};
use zip::ZipArchive;

use super::input::{self, Source};

/// Unpacked bytes of an array that is read, 1 GB: more than the largest data set takes.
const MOST_BYTES: u64 = 1 << 30;

/// An NPZ file being read.
pub struct Npz {
    zip: ZipArchive<BufReader<Source>>,
    /// Bytes of the file: no array in it is larger unless it is compressed, whatever it claims.
    size: u64,
}

impl Npz {
    /// Opens an archive.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = input::open(path, u64::MAX)?;
        let size = input::size(&file).map_err(|error| error.to_string())?;
        let zip = ZipArchive::new(BufReader::new(file));
        let zip = zip.map_err(|error| format!("it is cut off or changed ({error})"))?;
        Ok(Self { zip, size })
    }

    /// The names of its arrays.
    pub fn names(&self) -> Vec<String> {
        let names = self.zip.file_names().flatten();
        let names = names.filter_map(|name| name.strip_suffix(".npy").map(str::to_owned));
        names.collect()
    }

    /// Whether it has an array of that name.
    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(&format!("{name}.npy")).is_some()
    }

    /// An array in C order, with its shape.
    pub fn array<T: npyz::Deserialize>(
        &mut self,
        name: &str,
    ) -> Result<(Vec<T>, Vec<u64>), String> {
        let bytes = self.bytes(name)?;
        numbers(&bytes).map_err(|error| changed(name, &error))
    }

    /// An array of numbers of any type and order as reals in C order, with its shape.
    pub fn reals(&mut self, name: &str) -> Result<(Vec<f64>, Vec<u64>), String> {
        let bytes = self.bytes(name)?;
        reals(&bytes).map_err(|error| format!("its array `{name}`: {error}"))
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, String> {
        if !self.has(name) {
            return Err(format!("it has no array `{name}`"));
        }
        let file = self.zip.by_name(&format!("{name}.npy"));
        let file = file.map_err(|error| changed(name, &error.into()))?;
        let most = if file.compression() == zip::CompressionMethod::Stored {
            self.size
        } else {
            MOST_BYTES
        };
        let mut bytes = Vec::with_capacity(file.size().min(self.size) as usize);
        // To the end, so that the checksum is looked at.
        file.take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| changed(name, &error))?;
        if bytes.len() as u64 > most {
            return Err(format!("its array `{name}` takes more than {most} bytes"));
        }
        Ok(bytes)
    }

    /// A matrix of this many rows.
    pub fn matrix(&mut self, name: &str, rows: usize, width: usize) -> Result<Vec<f64>, String> {
        let (numbers, shape) = self.array(name)?;
        // A run that was never recorded does not know how wide its rows would be.
        if shape == [rows as u64, width as u64] || (rows == 0 && numbers.is_empty()) {
            return Ok(numbers);
        }
        Err(format!(
            "its array `{name}` has shape {shape:?}, not [{rows}, {width}]"
        ))
    }

    /// A vector of this many rows.
    pub fn column(&mut self, name: &str, rows: usize) -> Result<Vec<f64>, String> {
        let (numbers, shape) = self.array(name)?;
        if shape == [rows as u64] {
            return Ok(numbers);
        }
        Err(format!(
            "its array `{name}` has shape {shape:?}, not [{rows}]"
        ))
    }
}

fn changed(name: &str, error: &io::Error) -> String {
    format!("its array `{name}` is cut off or changed ({error})")
}

/// The numbers of an NPY file, of any type and order, as reals in C order, and their shape.
pub fn reals(bytes: &[u8]) -> io::Result<(Vec<f64>, Vec<u64>)> {
    check_header(bytes)?;
    macro_rules! first_that_fits {
        ($($number:ty => $real:expr),+) => {
            $(if let Ok(array) = opened(bytes)?.try_data::<$number>() {
                let numbers = array.map(|number| number.map($real));
                numbers.collect::<io::Result<Vec<f64>>>()?
            } else)+ {
                return Err(io::Error::other("it holds no real numbers: save it as float64"));
            }
        };
    }
    let numbers = first_that_fits!(
        f64 => |number| number,
        f32 => f64::from,
        i64 => |number| number as f64,
        i32 => f64::from,
        i16 => f64::from,
        i8 => f64::from,
        u64 => |number| number as f64,
        u32 => f64::from,
        u16 => f64::from,
        u8 => f64::from,
        bool => |flag| f64::from(u8::from(flag))
    );
    let array = opened(bytes)?;
    let shape = array.shape().to_vec();
    match (array.order(), &shape[..]) {
        (Order::Fortran, &[rows, columns]) => {
            let (rows, columns) = (rows as usize, columns as usize);
            let transposed = (0..rows * columns).map(|at| {
                let (row, column) = (at / columns, at % columns);
                numbers[column * rows + row]
            });
            Ok((transposed.collect(), shape))
        }
        (Order::Fortran, &[_, _, _, ..]) => Err(io::Error::other("its order is Fortran's")),
        _ => Ok((numbers, shape)),
    }
}

/// The numbers and the shape of an NPY file.
fn numbers<T: npyz::Deserialize>(bytes: &[u8]) -> io::Result<(Vec<T>, Vec<u64>)> {
    check_header(bytes)?;
    let array = opened(bytes)?;
    if array.order() != Order::C {
        return Err(io::Error::other("its order is Fortran's"));
    }
    let shape = array.shape().to_vec();
    Ok((array.into_vec()?, shape))
}

/// Bytes of a header: that of an array of numbers has one or two hundred.
const LONGEST_HEADER: usize = 4096;

/// Brackets that it opens: one around it, and one around the shape. The time that the reader of NPY files takes doubles
/// with every bracket within a bracket.
const MOST_BRACKETS: usize = 8;

/// The header, as long as it says it is: it may have line breaks in it.
fn header(bytes: &[u8]) -> Option<&[u8]> {
    let (start, length): (usize, usize) = if *bytes.get(6)? == 1 {
        let length = bytes.get(8..10)?.try_into().ok()?;
        (10, u16::from_le_bytes(length).into())
    } else {
        let length = bytes.get(8..12)?.try_into().ok()?;
        (12, u32::from_le_bytes(length) as usize)
    };
    bytes.get(start..start.checked_add(length)?)
}

/// Directions of an array: as many as NumPy had for twenty years.
const MOST_DIMENSIONS: usize = 32;

/// Reads the header.
fn opened(bytes: &[u8]) -> io::Result<NpyFile<&[u8]>> {
    let array = NpyFile::new(bytes).map_err(|error| {
        // The parser draws the place over several lines.
        if error.to_string().contains('\n') {
            io::Error::other("its header cannot be read")
        } else {
            error
        }
    })?;
    match array.shape().len() {
        0..=MOST_DIMENSIONS => Ok(array),
        more => Err(io::Error::other(format!(
            "it has {more} dimensions: save a matrix or a vector"
        ))),
    }
}

/// Refuses a header whose numbers (the shape, and the bytes of an entry) multiply to more than there
/// is, and one that is not that of an array of numbers: the reader of NPY files trusts them.
fn check_header(bytes: &[u8]) -> io::Result<()> {
    // What is cut off there the reader says itself.
    let header = header(bytes).unwrap_or_default();
    let opens = |byte: &&u8| matches!(byte, b'(' | b'[' | b'{');
    if header.len() > LONGEST_HEADER || header.iter().filter(opens).count() > MOST_BRACKETS {
        return Err(io::Error::other(
            "its header is not that of an array of numbers",
        ));
    }
    let text = String::from_utf8_lossy(header);
    let words = text.split(|c: char| !c.is_ascii_digit());
    let mut product = Some(1_u64);
    for word in words.filter(|word| word.bytes().any(|digit| digit != b'0')) {
        let number = word.parse().ok();
        product = product.and_then(|product| product.checked_mul(number?));
    }
    match product {
        Some(product) if product <= bytes.len() as u64 => Ok(()),
        _ => Err(io::Error::other("it announces more numbers than it has")),
    }
}

#[cfg(test)]
mod tests {
    use npyz::WriterBuilder as _;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    fn npy(shape: &[u64], values: &[f64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let options = npyz::WriteOptions::new().default_dtype().shape(shape);
        let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn no_bytes_make_an_array_panic() {
        let whole = npy(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN]);
        assert_eq!(numbers::<f64>(&whole).unwrap().1, [2, 3]);
        for length in 0..whole.len() {
            assert!(numbers::<f64>(&whole[..length]).is_err(), "{length}");
        }
        let text = String::from_utf8_lossy(&whole).into_owned();
        assert!(text.contains("(2, 3"), "{text}");
        let at = text.find("(2, 3").unwrap();
        let mut huge = whole.clone();
        for shape in [
            "(9999999999999999999,99999999999",
            "(4611686018427387904,4,0",
        ] {
            huge.splice(at..at + 5, shape.bytes());
            assert!(numbers::<f64>(&huge).is_err());
            huge.clone_from(&whole);
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
            drop(numbers::<f64>(&bytes));
            drop(numbers::<i64>(&bytes));
            drop(reals(&bytes));
        }
    }

    /// A header of a thousand brackets kept the reader busy for ever, and one with a line break before its shape hid it
    /// from whoever looked at the first line alone.
    #[test]
    fn a_header_of_brackets_or_with_line_breaks_is_refused_at_once() {
        let file = |shape: &str| {
            let header =
                format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
            let mut bytes = b"\x93NUMPY\x02\0".to_vec();
            bytes.extend((header.len() as u32).to_le_bytes());
            bytes.extend(header.into_bytes());
            bytes
        };
        for shape in [
            format!("({}", "[".repeat(1000)),
            "(".repeat(30),
            format!("(2, {})", "1".repeat(5000)),
            "(\n99999999999, 99)".to_owned(),
            format!("({})", "1, ".repeat(1000)),
        ] {
            let error = reals(&file(&shape)).unwrap_err().to_string();
            assert!(!error.contains(char::is_control), "{error:?}");
            assert!(error.len() < 200, "{error}");
        }
    }

    #[test]
    fn whole_numbers_and_columns_first_are_read_as_reals_in_rows() {
        let mut bytes = Vec::new();
        let options = npyz::WriteOptions::new().default_dtype();
        let options = options.shape(&[2, 3]).order(Order::Fortran);
        let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
        writer.extend([1_i32, 4, 2, 5, 3, 6]).unwrap();
        writer.finish().unwrap();
        let (numbers, shape) = reals(&bytes).unwrap();
        assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(shape, [2, 3]);
    }
}
