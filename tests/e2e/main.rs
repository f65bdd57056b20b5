//! The whole house, from outside: real programs, real files, a real network. One file a claim.

mod harness_itself;
