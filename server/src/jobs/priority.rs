//! Jobs and backups give way to whoever answers people.

/// Politeness: 0 is like everybody else, 19 last of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nice {
    /// A job: somebody may be waiting for it. Linux gives it about a tenth of a core that others want as well.
    Job = 10,
    /// A backup: nobody waits for it. It gets a seventieth.
    Backup = 19,
}

/// Lowers the priority of this process. On Linux that is a property of threads, so all that run now are asked;
/// those they start later inherit it. What cannot be lowered stays as it is.
pub fn lower(nice: Nice) {
    let nice = nice as i32;
    #[cfg(target_os = "linux")]
    {
        let threads = std::fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .flatten();
        let ids = threads.filter_map(|t| t.file_name().to_str()?.parse().ok());
        for id in ids.filter_map(rustix::process::Pid::from_raw) {
            let _ = rustix::process::setpriority_process(Some(id), nice);
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = rustix::process::nice(nice);
    }
}
