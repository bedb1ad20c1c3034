//! Which application is served, and what a hub and a client are like with it.

use std::sync::Arc;

use crate::app::{Chat, ChatConfig, Echo, Plus, Recovery};
use crate::bucket::Rate;
use crate::client::{Client, Terms};
use crate::engine_io::Session;
use crate::hub::{Door, Hub, HubConfig, Ids, Keeping};
use crate::now::Now;

/// What is served, and how it is limited.
///
/// ```
/// use wire42::client::{Output, Terms};
/// use wire42::engine_io::{Config, Input, Session};
/// use wire42::net::AppConfig;
/// use wire42::now::Now;
///
/// let (now, app) = (Now::default(), AppConfig::EngineEcho);
/// let mut client = app.client(Session::polling("Kx", Config::default(), now), Terms::default(), now);
/// client.handle_input(Input::PostStarted { content_type: None }, now)?;
/// client.handle_input(Input::Post(b"4hello".to_vec()), now)?;
/// client.handle_input(Input::Get, now)?;
/// let Some(Output::Answer(body)) = client.poll_output() else { panic!("it has something to say") };
/// assert!(body.ends_with("\u{1e}4hello"));
/// assert_eq!(app.hub(Box::new(|| "John".into())).members(), 0);
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Clone, Debug)]
pub enum AppConfig {
    /// The sidebar chat.
    Chat {
        /// The limits of each room.
        room: ChatConfig,
        /// The namespaces beside `/`.
        doors: Vec<Door>,
        /// Rooms behind patterns that may exist at once.
        max_namespaces: usize,
        /// What one client may say.
        rate: Rate,
    },
    /// What a Socket.IO protocol suite expects.
    Echo,
    /// The same, and what only a server can begin: what the conformance kit expects.
    Plus,
    /// What the conformance kit expects of a server whose sockets may come back.
    Recovery,
    /// What an Engine.IO protocol suite expects.
    EngineEcho,
}

impl AppConfig {
    /// Makes the hub with the application's rooms, in memory and without recovery.
    pub fn hub(&self, ids: Ids) -> Arc<Hub> {
        self.hub_with(Keeping::default(), ids)
    }

    /// Makes the hub with the application's rooms.
    ///
    /// ```
    /// # use wire42::{client::Terms, engine_io::{Config, Input, Session}, hub::{Guest, Keeping}, now::Now};
    /// # use wire42::{app::ChatConfig, bucket::Rate, net::AppConfig};
    /// # let (now, room, rate) = (Now::default(), ChatConfig::default(), Rate::default());
    /// # let chat = AppConfig::Chat { room, doors: vec![], max_namespaces: 0, rate };
    /// let keeping = Keeping { recovery: Some(std::time::Duration::from_secs(120)), ..Keeping::default() };
    /// let mut names = ["John", "secret"].into_iter();
    /// let hub = chat.hub_with(keeping, Box::new(move || names.next().expect("one client came").into()));
    /// # let session = Session::websocket("Kx", Config::default(), now);
    /// # let mut john = Guest::new(chat.client(session, Terms::default(), now), hub);
    /// # john.poll_transmit();
    /// john.handle_input(Input::Text("40"), now)?;
    /// let told = john.poll_transmit().expect("a CONNECT is answered");
    /// assert_eq!(told.frame().bytes(), br#"40{"sid":"John","pid":"secret"}"#);
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn hub_with(&self, keeping: Keeping, ids: Ids) -> Arc<Hub> {
        let exact = |name| Door::parse(name).expect("the name was written here");
        let config = match self.clone() {
            AppConfig::Chat { room, mut doors, max_namespaces, rate } => {
                doors.push(exact("/"));
                HubConfig {
                    doors,
                    max_namespaces,
                    rate: Some(rate),
                    open: Box::new(move |_| Box::new(Chat::new(room.clone()))),
                    keeping,
                }
            }
            AppConfig::Plus => HubConfig {
                doors: ["/", "/custom", "/deny", "/kit-*"].map(exact).into(),
                max_namespaces: KIT_ROOMS,
                // Protocol suites flood on purpose.
                rate: None,
                open: Box::new(|namespace| Box::new(Plus::new(namespace.as_str()))),
                keeping,
            },
            AppConfig::Recovery => HubConfig {
                doors: ["/", "/custom", "/kit-*"].map(exact).into(),
                max_namespaces: KIT_ROOMS,
                rate: None,
                open: Box::new(|_| Box::new(Recovery::default())),
                keeping,
            },
            AppConfig::Echo | AppConfig::EngineEcho => HubConfig {
                doors: vec![exact("/"), exact("/custom")],
                max_namespaces: 0,
                rate: None,
                open: Box::new(|namespace| Box::new(Echo::new(namespace.is_main()))),
                keeping,
            },
        };
        Arc::new(Hub::new(config, ids))
    }

    /// Puts the application on a session.
    pub fn client(&self, session: Session, terms: Terms, now: Now) -> Client {
        match self {
            AppConfig::Chat { .. } | AppConfig::Echo | AppConfig::Plus | AppConfig::Recovery => {
                Client::new(session, terms, now)
            }
            AppConfig::EngineEcho => Client::echoing(session, now),
        }
    }
}

/// Rooms of their own for as many cases of the conformance kit at once.
const KIT_ROOMS: usize = 1_000;
