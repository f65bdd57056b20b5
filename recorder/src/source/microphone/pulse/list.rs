//! What a sound server has: its sources and its outputs.

use pulseaudio::protocol::{Command, ServerInfo, SinkInfo, SourceInfo};

use super::capture::id_of;
use super::connect;
use super::connection::{Broken, Connection};
use super::control::Control;
use crate::clock::Clock;
use crate::source::{MicrophoneInfo, OpenError, OutputInfo};

/// What a server has, as a person sees it.
pub(in crate::source::microphone) struct ServerDevices {
    pub(in crate::source::microphone) microphones: Vec<MicrophoneInfo>,
    pub(in crate::source::microphone) outputs: Vec<OutputInfo>,
}

/// The sources and the outputs of the environment's server; `None`: there is no server.
pub(in crate::source::microphone) fn list(
    clock: &dyn Clock,
) -> Result<Option<ServerDevices>, OpenError> {
    let control = Control::new()?;
    let found = connect(clock, &control).and_then(|mut connection| {
        let (server, found) = sources(&mut connection, clock, &control)?;
        let outputs = outputs(&mut connection, &server, clock, &control)?;
        Ok(ServerDevices {
            microphones: found.into_iter().map(|(info, _)| info).collect(),
            outputs,
        })
    });
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Broken::NoServer) => Ok(None),
        Err(e) => Err(OpenError::SoundServer(e.to_string())),
    }
}

fn outputs(
    connection: &mut Connection,
    server: &ServerInfo,
    clock: &dyn Clock,
    control: &Control,
) -> Result<Vec<OutputInfo>, Broken> {
    let list: Vec<SinkInfo> = connection.ask(&Command::GetSinkInfoList, clock, control)?;
    let described = list.into_iter().map(|sink| {
        let id = sink.name.to_string_lossy().into_owned();
        OutputInfo {
            name: sink
                .description
                .as_ref()
                .map_or_else(|| id.clone(), |d| d.to_string_lossy().into_owned()),
            default: server.default_sink_name.as_ref() == Some(&sink.name),
            id,
        }
    });
    Ok(described.collect())
}

/// The server and its sources.
pub(super) fn sources(
    connection: &mut Connection,
    clock: &dyn Clock,
    control: &Control,
) -> Result<(ServerInfo, Vec<(MicrophoneInfo, SourceInfo)>), Broken> {
    let server: ServerInfo = connection.ask(&Command::GetServerInfo, clock, control)?;
    let list: Vec<SourceInfo> = connection.ask(&Command::GetSourceInfoList, clock, control)?;
    let described = list.into_iter().map(|source| {
        let id = id_of(&source);
        let name = source
            .description
            .as_ref()
            .map_or_else(|| id.clone(), |d| d.to_string_lossy().into_owned());
        let info = MicrophoneInfo {
            name,
            default: server.default_source_name.as_ref() == Some(&source.name),
            monitor: source.monitor_of_sink_index.is_some(),
            id,
        };
        (info, source)
    });
    let described = described.collect();
    Ok((server, described))
}
