//! What the names in a case stand for while it is played: bound values, the server's limit, the path.

use std::collections::BTreeMap;

use crate::json::{Json, Number};

/// The names that are bound, and the numbers that every case may use.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The server's advertised limit of a payload, in bytes.
    pub max_payload: usize,
    values: BTreeMap<String, Json>,
}

impl Scope {
    /// Binds a name, also one that was bound before.
    pub fn bind(&mut self, name: &str, value: Json) {
        self.values.insert(name.to_owned(), value);
    }

    /// Binds a name to a string.
    pub fn bind_text(&mut self, name: &str, text: &str) {
        self.bind(name, Json::Text(text.to_owned()));
    }

    /// Finds a bound value.
    pub fn value(&self, name: &str) -> Result<Json, String> {
        if name == "maxPayload" {
            return Ok(Json::Number(Number(self.max_payload.to_string())));
        }
        self.values.get(name).cloned().ok_or_else(|| format!("nothing is bound to {{{name}}} yet"))
    }

    /// Renders a bound value into a text: a string as its characters, everything else as JSON.
    pub fn text(&self, name: &str) -> Result<String, String> {
        Ok(match self.value(name)? {
            Json::Text(text) => text,
            other => other.to_string(),
        })
    }
}
