//! Bodies with a header and a check sum around them, so that what is behind the check sum is reached.

/// The header and the body, with the sum at this place that the reader asks for.
///
/// The reader is given the header with a sum of 0 first, and says which sum it found.
pub(crate) fn sealed(header: &[u8], body: &[u8], sum_found: impl Fn(&[u8]) -> Option<u64>) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("inputs are short").to_le_bytes();
    let mut bytes = [header, &length, &[0; 8], body].concat();
    if let Some(sum) = sum_found(&bytes) {
        let place = header.len() + length.len();
        bytes[place..place + 8].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}
