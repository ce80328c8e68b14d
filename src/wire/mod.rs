//! Messages between the page and its workers as bytes.
//!
//! A browser's workers share no memory with the page: what native threads hand to each other travels as bytes there.
//! Both ends are the same module of the same build, so the format has no versions, and names that are literals there
//! are literals here. Numbers keep their bits, NaNs included.
//!
//! Every type is written field by field, and a field that is added and not written does not compile.

mod analysis;
mod simulation;
mod sweep;
#[cfg(test)]
mod tests;
mod writer;

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::sim::names::interned;
pub use sweep::{FromSweeper, ToSweeper};
pub use writer::{FromWriter, ToWriter};

/// Something that travels.
pub trait Wire: Sized {
    /// Appends it.
    fn put(&self, bytes: &mut Vec<u8>);
    /// Takes it from the front; `None` if it is not there.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// A message as bytes.
pub fn encode(message: &impl Wire) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.put(&mut bytes);
    bytes
}

/// The message that the bytes are, and nothing else.
pub fn decode<T: Wire>(mut bytes: &[u8]) -> Option<T> {
    let message = T::take(&mut bytes)?;
    bytes.is_empty().then_some(message)
}

/// Writes the fields of a struct one after the other.
macro_rules! fields {
    ($($type:ty { $($field:ident),* $(,)? })*) => { $(
        impl $crate::wire::Wire for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::wire::Wire::put($field, bytes);)*
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::wire::Wire::take(bytes)?),* })
            }
        }
    )* };
}

/// Writes the number of a variant and its fields.
macro_rules! variants {
    ($($type:ty {
        $($tag:literal $variant:ident $(($($inner:ident),*))? $({$($field:ident),*})?),* $(,)?
    })*) => { $(
        impl $crate::wire::Wire for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($inner),*))? $({$($field),*})? => {
                        bytes.push($tag);
                        $($($crate::wire::Wire::put($inner, bytes);)*)?
                        $($($crate::wire::Wire::put($field, bytes);)*)?
                    })*
                }
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                Some(match <u8 as $crate::wire::Wire>::take(bytes)? {
                    $($tag => Self::$variant
                        $(($({ let $inner = $crate::wire::Wire::take(bytes)?; $inner }),*))?
                        $({$($field: $crate::wire::Wire::take(bytes)?),*})?,)*
                    _ => return None,
                })
            }
        }
    )* };
}

use {fields, variants};

/// Writes numbers as they are in memory, little end first.
macro_rules! numbers {
    ($($type:ty)*) => { $(
        impl Wire for $type {
            fn put(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Option<Self> {
                let (number, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(Self::from_le_bytes(*number))
            }
        }
    )* };
}

numbers! { u8 u32 u64 f64 }

impl Wire for usize {
    fn put(&self, bytes: &mut Vec<u8>) {
        (*self as u64).put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Self::try_from(u64::take(bytes)?).ok()
    }
}

impl Wire for bool {
    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match u8::take(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for () {
    fn put(&self, _bytes: &mut Vec<u8>) {}

    fn take(_bytes: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?))
    }
}

impl<A: Wire, B: Wire, C: Wire> Wire for (A, B, C) {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.0.put(bytes);
        self.1.put(bytes);
        self.2.put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?, C::take(bytes)?))
    }
}

impl<T: Wire> Wire for [T; 2] {
    fn put(&self, bytes: &mut Vec<u8>) {
        self[0].put(bytes);
        self[1].put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some([T::take(bytes)?, T::take(bytes)?])
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.is_some().put(bytes);
        if let Some(inner) = self {
            inner.put(bytes);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(if bool::take(bytes)? {
            Some(T::take(bytes)?)
        } else {
            None
        })
    }
}

fn put_all<T: Wire>(items: &[T], bytes: &mut Vec<u8>) {
    items.len().put(bytes);
    for item in items {
        item.put(bytes);
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        put_all(self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let count = usize::take(bytes)?;
        // A length that the bytes do not have room for makes no room.
        let mut items = Self::with_capacity(count.min(bytes.len()));
        for _ in 0..count {
            items.push(T::take(bytes)?);
        }
        Some(items)
    }
}

impl<T: Wire> Wire for Arc<[T]> {
    fn put(&self, bytes: &mut Vec<u8>) {
        put_all(self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Vec::take(bytes)?.into())
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        T::put(self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self::new(T::take(bytes)?))
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        T::put(self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self::new(T::take(bytes)?))
    }
}

impl Wire for String {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.as_str().len().put(bytes);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = usize::take(bytes)?;
        let (text, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Self::from_utf8(text.to_vec()).ok()
    }
}

/// The same name lasts here as well.
impl Wire for &'static str {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.len().put(bytes);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        String::take(bytes).map(|name| interned(&name))
    }
}

/// A table that lasts here as well: one for all messages that bring the same one.
impl<T: Wire + Send + Sync + 'static> Wire for &'static [T] {
    fn put(&self, bytes: &mut Vec<u8>) {
        put_all(self, bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        static TABLES: Mutex<BTreeMap<(TypeId, Vec<u8>), &'static (dyn Any + Send + Sync)>> =
            Mutex::new(BTreeMap::new());
        let whole = *bytes;
        let table = Vec::<T>::take(bytes)?;
        let key = (
            TypeId::of::<T>(),
            whole[..whole.len() - bytes.len()].to_vec(),
        );
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = tables
            .entry(key)
            .or_insert_with(|| Box::leak(Box::new(table)));
        kept.downcast_ref::<Vec<T>>().map(Vec::as_slice)
    }
}

impl<T: Wire> Wire for BTreeMap<&'static str, T> {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.len().put(bytes);
        for (name, value) in self {
            name.put(bytes);
            value.put(bytes);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let count = usize::take(bytes)?;
        let mut map = Self::new();
        for _ in 0..count {
            map.insert(<&str>::take(bytes)?, T::take(bytes)?);
        }
        Some(map)
    }
}

impl Wire for Duration {
    fn put(&self, bytes: &mut Vec<u8>) {
        self.as_secs().put(bytes);
        self.subsec_nanos().put(bytes);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let seconds = u64::take(bytes)?;
        let nanoseconds = u32::take(bytes)?;
        (nanoseconds < 1_000_000_000).then(|| Self::new(seconds, nanoseconds))
    }
}
