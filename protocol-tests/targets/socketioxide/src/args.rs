//! All arguments of an event, however many: to socketioxide a tuple, which otherwise has a fixed length.

use std::fmt;
use std::time::Duration;

use rmpv::Value;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple, Serializer};

#[derive(Clone, Debug, Default)]
pub struct Args(pub Vec<Value>);

impl Args {
    /// The arguments behind the first.
    pub fn rest(&self) -> Args {
        Args(self.0.iter().skip(1).cloned().collect())
    }

    /// The number at this place, 0 if there is none.
    pub fn number(&self, at: usize) -> u64 {
        self.0.get(at).and_then(Value::as_u64).unwrap_or(0)
    }

    /// As many letters as the number at this place says.
    pub fn letters(&self, at: usize) -> String {
        "x".repeat(self.number(at) as usize)
    }

    /// The text at this place, or all texts of the array at this place.
    pub fn texts(&self, at: usize) -> Vec<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self.0.get(at) {
            Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
            other => other.and_then(text).into_iter().collect(),
        }
    }

    /// The first number as a time in milliseconds.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.number(0))
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut tuple = to.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|arg| tuple.serialize_element(arg))?;
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Args, D::Error> {
        from.deserialize_tuple(usize::MAX, All)
    }
}

struct All;

impl<'de> Visitor<'de> for All {
    type Value = Args;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Args, A::Error> {
        let mut args = Args::default();
        while let Some(arg) = from.next_element()? {
            args.0.push(arg);
        }
        Ok(args)
    }
}
