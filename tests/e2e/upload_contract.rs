//! The recorder's engine is tested against a hand-made server (`recorder/tests/engine/server/mod.rs`). Here both it and the
//! real one are sent the same requests, and must answer alike: status, media type, code, and what the recorder reads.

#[path = "../../recorder/tests/engine/server/mod.rs"]
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "written for the engine's tests, which use all of it"
)]
mod imitation;

use anyhow::{Context as _, Result, ensure};
use aside_protocol::recording::{Sha256, TrackName};
use aside_protocol::upload::{FinishTrack, content_digest};
use harness::TestSetup;
use harness::api::Api;
use harness::take::Take;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What a recorder sees of an answer.
#[derive(Debug, PartialEq)]
struct Answer {
    step: &'static str,
    status: u16,
    kind: String,
    read: Value,
}

struct Conversation<'a> {
    api: &'a Api,
    take: &'a Take,
    heard: Vec<Answer>,
}

impl Conversation<'_> {
    async fn say(&mut self, step: &'static str, request: RequestBuilder) -> Result<()> {
        let answer = request.send().await.with_context(|| step)?;
        let status = answer.status().as_u16();
        let kind = answer.headers().get(CONTENT_TYPE);
        let kind = kind.map_or(Ok(""), |v| v.to_str())?.to_owned();
        let body = answer.bytes().await?;
        let read = match serde_json::from_slice::<Value>(&body) {
            // The addresses are those of two servers, and the instant is each one's own; 201 and 200 mean the same.
            Ok(mut read) if status < 300 => {
                for own in ["url", "finished_at", "duration_ms"] {
                    if let Some(value) = read.get_mut(own) {
                        *value = Value::Null;
                    }
                }
                if let Some(Value::Array(tracks)) = read.get_mut("received") {
                    // A track that is not part of the take holds nothing.
                    tracks.retain(|t| t["ranges"] != json!([]));
                }
                read
            }
            Ok(problem) => json!({ "code": problem["code"] }),
            Err(_) => Value::Null,
        };
        self.heard.push(Answer {
            step,
            status: if status == 200 { 201 } else { status },
            kind,
            read,
        });
        Ok(())
    }

    async fn put(&mut self, step: &'static str, track: TrackName, number: u32) -> Result<()> {
        self.say(step, self.take.put(self.api, track, number)?)
            .await
    }

    fn ask(&self, method: Method, below: &str) -> RequestBuilder {
        let path = format!("/api/recordings/{}{below}", self.take.id);
        self.api.request(method, &path)
    }

    fn send(&self, number: u32, bytes: &[u8], sha256: &Sha256) -> RequestBuilder {
        self.ask(Method::PUT, &format!("/tracks/video/parts/{number}"))
            .header("Content-Digest", content_digest(sha256))
            .body(bytes.to_vec())
    }

    /// Everything that a recorder may say, and some of what it should not.
    async fn run(mut self) -> Result<Vec<Answer>> {
        use TrackName::{Audio, Video};
        let video = self.take.track(Video).context("video")?.parts.clone();
        self.say("status of nothing", self.ask(Method::GET, "/upload"))
            .await?;
        self.say("heartbeat of nothing", self.beat("paused"))
            .await?;
        self.put("part of nothing", Video, 0).await?;
        self.say("create", self.take.create(self.api)).await?;
        self.say("create again", self.take.create(self.api)).await?;
        let other = Take {
            slug: self.take.renamed()?.slug,
            ..self.take.clone()
        };
        self.say("create otherwise", other.create(self.api)).await?;
        self.put("part", Video, 0).await?;
        self.put("part again", Video, 0).await?;
        self.put("part behind a hole", Video, 2).await?;
        self.put("sound", Audio, 0).await?;
        self.say("status", self.ask(Method::GET, "/upload")).await?;
        self.say(
            "wrong digest",
            self.send(1, &video[1], &Sha256::of(b"other")),
        )
        .await?;
        self.say("no part", self.send(1, b"garbage", &Sha256::of(b"garbage")))
            .await?;
        self.say("pause", self.beat("paused")).await?;
        self.say("status of a pause", self.ask(Method::GET, "/upload"))
            .await?;
        self.say("go on", self.beat("recording")).await?;
        self.say("finish too early", self.take.finish(self.api))
            .await?;
        for number in 0..u32::try_from(video.len())? {
            self.put("the other pictures", Video, number).await?;
        }
        let sound = self.take.track(Audio).context("audio")?.parts.len();
        for number in 0..u32::try_from(sound)? {
            self.put("the other sound", Audio, number).await?;
        }
        let mut wrong = self.take.finishing();
        wrong.tracks[0].parts[0] = Sha256::of(b"other");
        let request = self.ask(Method::POST, "/finish").json(&wrong);
        self.say("finish with another hash", request).await?;
        // A recorder that knows less than the server holds is told what it holds.
        let mut short = self.take.finishing();
        short
            .tracks
            .iter_mut()
            .for_each(|t: &mut FinishTrack| t.parts.truncate(1));
        let request = self.ask(Method::POST, "/finish").json(&short);
        self.say("finish a part of it", request).await?;
        self.say("finish", self.take.finish(self.api)).await?;
        self.say("status of the end", self.ask(Method::GET, "/upload"))
            .await?;
        self.say("late heartbeat", self.beat("paused")).await?;
        let stranger = Api::new(&self.api.url, Some("badtoken".to_owned()));
        self.say("without a right", self.take.create(&stranger))
            .await?;
        self.say("withdraw", self.ask(Method::DELETE, "")).await?;
        Ok(self.heard)
    }

    fn beat(&self, state: &str) -> RequestBuilder {
        self.ask(Method::POST, "/heartbeat")
            .json(&json!({ "state": state }))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hand_made_server_answers_as_the_real_one() -> Result<()> {
    let setup = TestSetup::new().await?;
    let take = setup.take().await?;
    let imitated = imitation::Server::with_faults(|_, _| imitation::Fault::None);
    let hand_made = Api::new(&imitated.url, Some("goodtoken".to_owned()));
    let mut answers = Vec::new();
    for api in [&setup.owner, &hand_made] {
        let take = &take;
        let heard = Vec::new();
        answers.push(Conversation { api, take, heard }.run().await?);
    }
    let (real, made) = (&answers[0], &answers[1]);
    ensure!(real.len() == made.len());
    for (real, made) in real.iter().zip(made) {
        ensure!(
            real == made,
            "the real server: {real:#?}\nthe hand-made one: {made:#?}"
        );
    }
    Ok(())
}
