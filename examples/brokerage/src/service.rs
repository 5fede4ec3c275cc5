//! A server with its client: what the calls of a world are made with.

use std::error::Error;

use meshauth_runtime::{Authoriser, MemoryDirectory};
use meshauth_sql::Administration;

use crate::{
    client::Client,
    seed,
    server::Server,
    store::{Store, memory::MemoryStore},
    table::{Block, Row},
    why,
    world::{Scene, World},
};

/// A server, and a client of it.
pub(crate) struct Service {
    authoriser: Authoriser,
    server: Server,
    client: Client,
}

impl Service {
    pub(crate) async fn start(
        authoriser: Authoriser,
        store: impl Store,
        administration: Option<Administration>,
    ) -> Result<Self, Box<dyn Error>> {
        let server = Server::start(authoriser.clone(), store, administration)?;
        let client = Client::connect(server.address()).await?;
        Ok(Self { authoriser, server, client })
    }

    /// With the directory and all rows in memory.
    pub(crate) async fn in_memory(world: &World) -> Result<Self, Box<dyn Error>> {
        let authoriser = Authoriser::new(MemoryDirectory::from_json(world.directory)?);
        let (accounts, orders) = (seed::accounts(world.groups), seed::orders(world.groups));
        Self::start(authoriser, MemoryStore::new(accounts, orders), None).await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Makes every call of these scenes.
    pub(crate) async fn play(&self, scenes: &[Scene]) -> Result<Vec<Block>, Box<dyn Error>> {
        let mut blocks = Vec::new();
        for scene in scenes {
            blocks.push(self.play_scene(scene).await?);
        }
        Ok(blocks)
    }

    async fn play_scene(&self, scene: &Scene) -> Result<Block, Box<dyn Error>> {
        let headers = scene.headers()?;
        let mut rows = Vec::new();
        for &(call, expected) in scene.calls {
            let got = self.client.call(call, &headers).await?;
            let why = why::explain(&self.authoriser, call, &headers, &got).await?;
            rows.push(Row { call, expected, got, why });
        }
        Ok(Block::new(scene, rows))
    }

    /// Stops the server. Nothing of it is left.
    pub(crate) async fn stop(self) -> Result<(), Box<dyn Error>> {
        let Self { authoriser, server, client } = self;
        drop((authoriser, client));
        server.stop().await
    }
}
