//! NPZ archives of arrays, read as values: no bytes make the reader panic or take memory that they do not fill.

use std::io::{self, BufReader, Read as _};
use std::path::Path;

use zip::ZipArchive;

use super::input::{self, Source};
use super::npy::Array;

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

    /// A vector of integers of 64 bits.
    pub fn integers(&mut self, name: &str) -> Result<Vec<i64>, String> {
        self.recorded(name, |array| array.integers())
            .map(|(numbers, _)| numbers)
    }

    /// An array of numbers of any type and order as reals in C order, with its shape.
    pub fn reals(&mut self, name: &str) -> Result<(Vec<f64>, Vec<u64>), String> {
        let bytes = self.bytes(name)?;
        reals(&bytes).map_err(|error| format!("its array `{name}`: {error}"))
    }

    /// An array as this program wrote it, in C order and of one kind of numbers: any other has been changed since.
    fn recorded<T>(
        &mut self,
        name: &str,
        numbers: impl FnOnce(&Array<'_>) -> Option<Vec<T>>,
    ) -> Result<(Vec<T>, Vec<u64>), String> {
        let bytes = self.bytes(name)?;
        let array = Array::read(&bytes).map_err(|error| changed(name, &error))?;
        if array.has_columns_first() {
            return Err(changed(name, &columns_first()));
        }
        let other = || changed(name, &io::Error::other("its numbers are of another kind"));
        Ok((numbers(&array).ok_or_else(other)?, array.shape().to_vec()))
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
        let (numbers, shape) = self.recorded(name, |array| array.doubles())?;
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
        let (numbers, shape) = self.recorded(name, |array| array.doubles())?;
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

fn columns_first() -> io::Error {
    io::Error::other("its order is Fortran's")
}

/// The numbers of an NPY file, of any type and order, as reals in C order, and their shape.
pub fn reals(bytes: &[u8]) -> io::Result<(Vec<f64>, Vec<u64>)> {
    let array = Array::read(bytes)?;
    let (numbers, shape) = (array.reals(), array.shape().to_vec());
    if !array.has_columns_first() {
        return Ok((numbers, shape));
    }
    let &[rows, columns] = &shape[..] else {
        return Err(columns_first());
    };
    let (rows, columns) = (rows as usize, columns as usize);
    let transposed = (0..rows * columns).map(|at| {
        let (row, column) = (at / columns, at % columns);
        numbers[column * rows + row]
    });
    Ok((transposed.collect(), shape))
}
