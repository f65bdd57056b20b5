//! The use cases: what happens when somebody asks for something. `http` and `jobs` call them; they call
//! `domain` (rules), `store` (rows) and `objects` (bytes).

pub mod heartbeat;
