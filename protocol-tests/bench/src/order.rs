//! One order out of what many have heard, none of whom need have heard everything.
//!
//! ```text
//! heard by one      0   2 3     heard by another   0 1   3
//! the order of all  0 1 2 3     what nobody can tell (1 or 2 first?) is told by the numbers
//! ```
//!
//! ```
//! use wire42_bench::order::ranks;
//!
//! assert_eq!(ranks(&[vec![1, 0], vec![0, 2]], 3), Some(vec![1, 0, 2]));
//! assert_eq!(ranks(&[vec![0, 1], vec![1, 0]], 2), None);
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Gives each of `0..count` its place in an order that all streams follow; nothing if there is none.
///
/// # Panics
///
/// A stream holds a number that is none of these.
pub fn ranks(streams: &[Vec<u32>], count: usize) -> Option<Vec<u32>> {
    let mut pairs: Vec<(u32, u32)> =
        streams.iter().flat_map(|stream| stream.windows(2)).map(|pair| (pair[0], pair[1])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut before = vec![0; count];
    pairs.iter().for_each(|&(_, later)| before[later as usize] += 1);
    let first = (0..count as u32).filter(|&number| before[number as usize] == 0);
    let mut ready: BinaryHeap<Reverse<u32>> = first.map(Reverse).collect();
    let (mut ranks, mut placed) = (vec![0; count], 0);
    while let Some(Reverse(number)) = ready.pop() {
        ranks[number as usize] = placed;
        placed += 1;
        let from = pairs.partition_point(|&(earlier, _)| earlier < number);
        for &(_, later) in pairs[from..].iter().take_while(|&&(earlier, _)| earlier == number) {
            before[later as usize] -= 1;
            if before[later as usize] == 0 {
                ready.push(Reverse(later));
            }
        }
    }
    (placed as usize == count).then_some(ranks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_has_not_heard_stands_where_the_others_heard_it() {
        assert_eq!(ranks(&[vec![3, 1], vec![3, 2, 1], vec![0]], 4), Some(vec![0, 3, 2, 1]));
    }

    #[test]
    fn what_is_heard_again_later_has_no_place() {
        assert_eq!(ranks(&[vec![0, 1, 0]], 2), None);
    }

    #[test]
    fn nothing_is_in_order() {
        assert_eq!(ranks(&[], 0), Some(vec![]));
    }
}
