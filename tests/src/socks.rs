//! A SOCKS5 proxy on loopback that leads every request to one server and remembers what it was asked for.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::Result;

/// A running proxy. Its threads end with the test's process.
#[derive(Debug)]
pub struct SocksProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl SocksProxy {
    /// Leads to `target`; with user and password if they are given.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(target: SocketAddr, user: Option<(&str, &str)>) -> Result<SocksProxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let user = user.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, user) = (Arc::clone(&log), user.clone());
                // A client that goes away is no fault of the proxy.
                thread::spawn(move || drop(serve(stream, target, user.as_ref(), &log)));
            }
        });
        Ok(SocksProxy { address, asked })
    }

    /// Its address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Hosts and ports asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn bytes(stream: &mut TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    stream.read_exact(&mut buffer)?;
    Ok(buffer)
}

/// A field whose first byte is its length.
fn field(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let length = bytes(stream, 1)?;
    bytes(stream, length[0].into())
}

fn serve(
    mut client: TcpStream,
    target: SocketAddr,
    user: Option<&(String, String)>,
    log: &Mutex<Vec<String>>,
) -> io::Result<()> {
    bytes(&mut client, 1)?;
    field(&mut client)?;
    client.write_all(&[5, if user.is_some() { 2 } else { 0 }])?;
    if let Some((user, password)) = user {
        bytes(&mut client, 1)?;
        let right = field(&mut client)? == user.as_bytes() && field(&mut client)? == password.as_bytes();
        client.write_all(&[1, u8::from(!right)])?;
        if !right {
            return Ok(());
        }
    }
    let head = bytes(&mut client, 4)?;
    let host = match head[3] {
        1 => <[u8; 4]>::try_from(bytes(&mut client, 4)?).map(Ipv4Addr::from).map(|ip| ip.to_string()),
        4 => <[u8; 16]>::try_from(bytes(&mut client, 16)?).map(Ipv6Addr::from).map(|ip| ip.to_string()),
        _ => Ok(String::from_utf8_lossy(&field(&mut client)?).into_owned()),
    };
    let port = bytes(&mut client, 2)?;
    let port = u16::from_be_bytes([port[0], port[1]]);
    log.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{}:{port}", host.unwrap_or_default()));
    let mut server = TcpStream::connect(target)?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])?;
    let (mut up, mut down) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut up, &mut down);
        let _ = down.shutdown(Shutdown::Write);
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}
