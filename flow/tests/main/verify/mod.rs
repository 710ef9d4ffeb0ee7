//! Long tests, which run the tools on whole boards.

mod bitstream;
