//! Bytes as the fixtures write them: two small hex digits each.

/// Reads `00ff`; blanks between bytes are allowed.
pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
    if digits.len() % 2 == 1 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let nibble = |b: u8| (b as char).to_digit(16).map_or(0, |d| d as u8);
    Some(digits.chunks(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect())
}

/// Writes `00ff`, shortened in the middle when it is long.
pub(crate) fn write(bytes: &[u8]) -> String {
    if bytes.len() <= 64 {
        whole(bytes)
    } else {
        format!("{}...({} bytes)", whole(&bytes[..32]), bytes.len())
    }
}

/// Writes `00ff`, however long.
pub(crate) fn whole(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
