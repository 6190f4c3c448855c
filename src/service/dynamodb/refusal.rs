//! Which limit refused a request: what AWS reports as the reason of a throttle.
//!
//! ```text
//! {Table | Index} + {Read | Write} + {KeyRange | Provisioned | MaxOnDemand | AccountLimit}…
//! ```
//!
//! The exception around it (`ProvisionedThroughputExceededException`, `ThrottlingException`, `RequestLimitExceeded`) differs by mode and by page of the
//! documentation; SDKs treat all three as throttles, and so do we.

/// Which limit said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    ReadProvisioned,
    WriteProvisioned,
    ReadKeyRange,
    WriteKeyRange,
    ReadMaxOnDemand,
    WriteMaxOnDemand,
    ReadAccountLimit,
    WriteAccountLimit,
}

impl Refusal {
    pub const ALL: [Refusal; 8] = [
        Refusal::ReadProvisioned,
        Refusal::WriteProvisioned,
        Refusal::ReadKeyRange,
        Refusal::WriteKeyRange,
        Refusal::ReadMaxOnDemand,
        Refusal::WriteMaxOnDemand,
        Refusal::ReadAccountLimit,
        Refusal::WriteAccountLimit,
    ];

    /// AWS's reason for the throttle of a table, which it precedes by `Table` (AWS SDK model: dynamodb, ThrottlingReasons).
    pub const fn reason(self) -> &'static str {
        match self {
            Refusal::ReadProvisioned => "ReadProvisionedThroughputExceeded",
            Refusal::WriteProvisioned => "WriteProvisionedThroughputExceeded",
            Refusal::ReadKeyRange => "ReadKeyRangeThroughputExceeded",
            Refusal::WriteKeyRange => "WriteKeyRangeThroughputExceeded",
            Refusal::ReadMaxOnDemand => "ReadMaxOnDemandThroughputExceeded",
            Refusal::WriteMaxOnDemand => "WriteMaxOnDemandThroughputExceeded",
            Refusal::ReadAccountLimit => "ReadAccountLimitExceeded",
            Refusal::WriteAccountLimit => "WriteAccountLimitExceeded",
        }
    }

    /// The same for a global secondary index.
    pub const fn index_reason(self) -> &'static str {
        match self {
            Refusal::ReadProvisioned => "IndexReadProvisionedThroughputExceeded",
            Refusal::WriteProvisioned => "IndexWriteProvisionedThroughputExceeded",
            Refusal::ReadKeyRange => "IndexReadKeyRangeThroughputExceeded",
            Refusal::WriteKeyRange => "IndexWriteKeyRangeThroughputExceeded",
            Refusal::ReadMaxOnDemand => "IndexReadMaxOnDemandThroughputExceeded",
            Refusal::WriteMaxOnDemand => "IndexWriteMaxOnDemandThroughputExceeded",
            Refusal::ReadAccountLimit => "IndexReadAccountLimitExceeded",
            Refusal::WriteAccountLimit => "IndexWriteAccountLimitExceeded",
        }
    }
}

/// A refusal before it is known whether it was of a read or a write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    Provisioned,
    KeyRange,
    MaxOnDemand,
    AccountLimit,
}

impl Reason {
    #[cold]
    pub(super) fn of_read(self) -> Refusal {
        match self {
            Reason::Provisioned => Refusal::ReadProvisioned,
            Reason::KeyRange => Refusal::ReadKeyRange,
            Reason::MaxOnDemand => Refusal::ReadMaxOnDemand,
            Reason::AccountLimit => Refusal::ReadAccountLimit,
        }
    }

    #[cold]
    pub(super) fn of_write(self) -> Refusal {
        match self {
            Reason::Provisioned => Refusal::WriteProvisioned,
            Reason::KeyRange => Refusal::WriteKeyRange,
            Reason::MaxOnDemand => Refusal::WriteMaxOnDemand,
            Reason::AccountLimit => Refusal::WriteAccountLimit,
        }
    }
}
