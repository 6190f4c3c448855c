//! Limits that several nodes share: account concurrency, an account's request rate. A node reaches them by id, through the world.
//! Which limits these are is the services' business: here are only a count of places, and a bucket of tokens.

use crate::{mechanism::token_bucket::TokenBucket, units::Time};

/// Index of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolId(u32);
/// Index of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketId(u32);

/// So many at a time.
#[derive(Clone, Debug)]
pub struct Pool {
    pub limit: u64,
    pub busy: u64,
}

impl Pool {
    /// Takes one place, if there is one.
    #[inline]
    pub fn try_take(&mut self) -> bool {
        let free = self.busy < self.limit;
        self.busy += u64::from(free);
        free
    }

    /// Gives one place back.
    #[inline]
    pub fn give_back(&mut self) {
        debug_assert!(self.busy > 0, "a place is given back once");
        self.busy -= 1;
    }
}

/// The table of shared limits.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    pools: Vec<Pool>,
    buckets: Vec<TokenBucket>,
}

impl Shared {
    pub fn add_pool(&mut self, limit: u64) -> PoolId {
        self.pools.push(Pool { limit, busy: 0 });
        PoolId(self.pools.len() as u32 - 1)
    }

    pub fn add_bucket(&mut self, bucket: TokenBucket) -> BucketId {
        self.buckets.push(bucket);
        BucketId(self.buckets.len() as u32 - 1)
    }

    #[inline]
    pub fn pool(&mut self, id: PoolId) -> &mut Pool {
        &mut self.pools[id.0 as usize]
    }

    #[inline]
    pub fn bucket(&mut self, id: BucketId) -> &mut TokenBucket {
        &mut self.buckets[id.0 as usize]
    }

    /// One token from a bucket, now.
    #[inline]
    pub fn take(&mut self, id: BucketId, now: Time) -> bool {
        self.bucket(id).try_take(now, 1)
    }

    pub(super) fn assert_sound(&self) {
        for pool in &self.pools {
            assert!(pool.busy <= pool.limit, "a pool holds {} of {}", pool.busy, pool.limit);
        }
    }
}
