//! Chance as a parameter: ids, slugs and the jitter between two tries are made from an
//! [`Entropy`], so that a test can repeat itself.

use std::fmt::Debug;

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("this computer gives no random bytes ({0}); a link made without them could be guessed")]
pub struct NoEntropy(String);

/// A source of random bytes.
pub trait Entropy: Send + Sync + Debug {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

impl dyn Entropy + '_ {
    /// `N` random bytes.
    pub fn array<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }

    /// A number in `0.0..1.0` for spreading tries over time. Without entropy it is 0.5: a
    /// retry that is badly spread is better than none.
    pub fn chance(&self) -> f64 {
        match self.array::<4>() {
            Ok(bytes) => f64::from(u32::from_be_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
            Err(_) => 0.5,
        }
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one Entropy that asks the machine"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|e| NoEntropy(e.to_string()))
    }
}

/// The same bytes for the same seed: SHA-256 in counter mode. For tests only, which run in
/// other crates too.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    counter: std::sync::atomic::AtomicU64,
}

impl SeededEntropy {
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            counter: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in bytes.chunks_mut(32) {
            let n = self
                .counter
                .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut block = [0; 16];
            block[..8].copy_from_slice(&self.seed.to_be_bytes());
            block[8..].copy_from_slice(&n.to_be_bytes());
            let hash = aside_protocol::recording::Sha256::of(&block);
            chunk.copy_from_slice(&hash.0[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_never_the_same_block_twice() {
        let (a, b): (&dyn Entropy, &dyn Entropy) = (&SeededEntropy::new(7), &SeededEntropy::new(7));
        let first = a.array::<40>().unwrap();
        assert_eq!(first, b.array::<40>().unwrap());
        assert_ne!(first, a.array::<40>().unwrap());
    }

    #[test]
    fn a_chance_lies_between_zero_and_one() {
        let entropy: &dyn Entropy = &SeededEntropy::new(3);
        for _ in 0..1000 {
            let chance = entropy.chance();
            assert!((0.0..1.0).contains(&chance), "{chance}");
        }
    }
}
