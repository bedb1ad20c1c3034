//! Where an input is cut: at places that the input itself decides, so that a file of the corpus always plays the same.

/// Gives some places in `data`, ascending, the last of which is its end.
pub(crate) fn cuts(data: &[u8]) -> Vec<usize> {
    // FNV-1a, then xorshift64: any bytes give a state that is not zero, but for one in 2^64.
    let mut state = data.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut cuts: Vec<usize> = (0..CUTS)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % (data.len() as u64 + 1)) as usize
        })
        .collect();
    cuts.push(data.len());
    cuts.sort_unstable();
    cuts
}

/// More would find little, and each costs a parse of what stands before it.
const CUTS: usize = 6;
