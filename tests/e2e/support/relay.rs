//! A line between the bundle and whatever is behind it, which can be cut.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, JoinSet};

/// Passes TCP connections on. Cut, it refuses new ones and has dropped the old ones.
pub struct Relay {
    address: SocketAddr,
    state: Mutex<State>,
}

struct State {
    /// Held while the other end is not known yet, so that nobody else gets the port.
    listener: Option<TcpListener>,
    target: SocketAddr,
    running: Option<JoinHandle<()>>,
}

impl Relay {
    /// Takes a port. Nothing is passed on before [`Relay::leads_to`].
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Self {
            address,
            state: Mutex::new(State {
                listener: Some(listener),
                target: address,
                running: None,
            }),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Passes on to that address from now on.
    pub async fn leads_to(&self, url: &str) {
        let mut state = self.state.lock().await;
        state.target = url.trim_start_matches("http://").parse().unwrap();
        let listener = state.listener.take().unwrap();
        state.running = Some(tokio::spawn(serve(listener, state.target)));
    }

    /// Refuses connections from now on.
    pub async fn hangs_up(&self) {
        let mut state = self.state.lock().await;
        if let Some(running) = state.running.take() {
            running.abort();
            assert!(running.await.is_err());
        }
    }

    /// Takes connections again.
    pub async fn picks_up(&self) {
        let mut state = self.state.lock().await;
        let listener = TcpListener::bind(self.address).await.unwrap();
        state.running = Some(tokio::spawn(serve(listener, state.target)));
    }
}

/// Ends with all its connections when it is aborted.
async fn serve(listener: TcpListener, target: SocketAddr) {
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        connections.spawn(async move {
            if let Ok(mut far) = TcpStream::connect(target).await {
                let _ = copy_bidirectional(&mut near, &mut far).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
