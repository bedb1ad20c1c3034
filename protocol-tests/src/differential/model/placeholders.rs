//! A model of how both look for placeholders that name no attachment.
//!
//! ```text
//! {"_placeholder":true,"num":0.5,"x":{"_placeholder":true,"num":7}}
//!                            │        └ the reference never looks into a placeholder
//!                            └ the reference takes any number from 0 to the last
//! ```

use super::super::class::{Class, Habits};
use super::super::value::Value;

/// Says whether every placeholder in a value names one of `count` attachments.
pub(super) fn fit(value: &Value, count: usize, habits: &Habits) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| fit(item, count, habits)),
        Value::Object(members) => {
            let is_placeholder = value.is_placeholder();
            if is_placeholder && !names_one(value.member("num"), count, habits) {
                return false;
            }
            members.iter().enumerate().all(|(index, (key, item))| {
                let is_overwritten = || members[index + 1..].iter().any(|(later, _)| later == key);
                fit(item, count, habits)
                    || (is_placeholder && habits.has(Class::PlaceholderInPlaceholder))
                    || (is_overwritten() && habits.has(Class::PlaceholderOverwritten))
            })
        }
        _ => true,
    }
}

fn names_one(num: Option<&Value>, count: usize, habits: &Habits) -> bool {
    let (Some(Value::Number(text)), Some(number)) = (num, num.and_then(Value::as_number)) else {
        return false;
    };
    if !(0.0..count as f64).contains(&number) {
        return false;
    }
    if number.fract() != 0.0 {
        return habits.has(Class::NumFraction);
    }
    text.bytes().all(|b| b.is_ascii_digit()) || habits.has(Class::NumNotInDigits)
}
