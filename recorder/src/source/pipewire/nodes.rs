//! The cameras behind a connection to PipeWire.

use std::cell::RefCell;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::Duration;

use pipewire as pw;
use pw::context::Context;
use pw::main_loop::MainLoop;

/// PipeWire answers at once or not at all.
const ANSWER: Duration = Duration::from_secs(3);

/// A camera that PipeWire knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct CameraNode {
    pub(in crate::source) id: u32,
    /// What a person calls it.
    pub(in crate::source) name: String,
}

/// Asks for the cameras, on the calling thread.
pub(in crate::source) fn cameras(remote: OwnedFd) -> Result<Vec<CameraNode>, pw::Error> {
    let main = MainLoop::new(None)?;
    let context = Context::new(&main)?;
    let core = context.connect_fd(remote, None)?;
    let registry = core.get_registry()?;
    let found = Rc::new(RefCell::new(Vec::new()));
    let _globals = registry
        .add_listener_local()
        .global({
            let found = Rc::clone(&found);
            move |global| {
                let Some(props) = &global.props else { return };
                if props.get("media.role") != Some("Camera")
                    || props.get("media.class") != Some("Video/Source")
                {
                    return;
                }
                let name = ["node.description", "node.nick", "node.name"]
                    .into_iter()
                    .find_map(|key| props.get(key))
                    .unwrap_or("camera");
                found.borrow_mut().push(CameraNode {
                    id: global.id,
                    name: name.to_owned(),
                });
            }
        })
        .register();
    let pending = core.sync(0)?;
    let _done = core
        .add_listener_local()
        .done({
            let main = main.clone();
            move |id, seq| {
                if id == pw::core::PW_ID_CORE && seq == pending {
                    main.quit();
                }
            }
        })
        .error({
            let main = main.clone();
            move |_, _, _, _| main.quit()
        })
        .register();
    let timer = main.loop_().add_timer({
        let main = main.clone();
        move |_| main.quit()
    });
    let _ = timer.update_timer(Some(ANSWER), None);
    main.run();
    let found = found.take();
    Ok(found)
}
