//! Builds JSON objects in the order in which people read them; what is absent, empty or false leaves no trace.

use crate::json::{Json, Number};

/// An object that grows.
pub(super) struct Object(Vec<(String, Json)>);

impl Object {
    pub(super) fn new() -> Object {
        Object(Vec::new())
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Json>) -> Object {
        self.0.push((key.to_owned(), value.into()));
        self
    }

    pub(super) fn maybe(self, key: &str, value: Option<impl Into<Json>>) -> Object {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds a list unless it is empty.
    pub(super) fn some(self, key: &str, items: Json) -> Object {
        if items == Json::Array(Vec::new()) { self } else { self.with(key, items) }
    }

    /// Adds `true`, or nothing.
    pub(super) fn flag(self, key: &str, on: bool) -> Object {
        if on { self.with(key, Json::Bool(true)) } else { self }
    }

    pub(super) fn done(self) -> Json {
        Json::Object(self.0)
    }
}

/// Writes each of the items.
pub(super) fn list<T>(items: &[T], write: impl FnMut(&T) -> Json) -> Json {
    Json::Array(items.iter().map(write).collect())
}

/// Writes a number.
pub(super) fn number(value: f64) -> Json {
    Json::Number(Number(value.to_string()))
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Json {
        Json::Number(Number(number.to_string()))
    }
}
