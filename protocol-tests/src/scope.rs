//! What the names in a case stand for while it is played: bound values, the server's limit, the path.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::json::{Json, Number};

/// The names that are bound, and the numbers that every case may use.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The server's advertised limit of a payload, in bytes.
    pub max_payload: usize,
    values: BTreeMap<String, Json>,
    /// The first thing that a step referred to and that no step had made; copies of a scope share it.
    missing: Rc<RefCell<Option<String>>>,
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
        self.values.get(name).cloned().ok_or_else(|| self.miss(format!("nothing is bound to {{{name}}} yet")))
    }

    /// Notes that a step refers to what no step has made, which is the fixture's fault and no server's.
    pub(crate) fn miss(&self, what: String) -> String {
        self.missing.borrow_mut().get_or_insert_with(|| what.clone());
        what
    }

    /// The first thing that was missed.
    pub(crate) fn missed(&self) -> Option<String> {
        self.missing.borrow().clone()
    }

    /// Renders a bound value into a text: a string as its characters, everything else as JSON.
    pub fn text(&self, name: &str) -> Result<String, String> {
        Ok(match self.value(name)? {
            Json::Text(text) => text,
            other => other.to_string(),
        })
    }
}
