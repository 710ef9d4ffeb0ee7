//! What the tests share.

pub mod npz;
pub mod page;
pub mod populations;
#[path = "../../../../tests/support/shared_data.rs"]
pub mod shared_data;
