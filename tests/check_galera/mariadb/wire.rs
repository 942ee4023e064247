//! The packets of the classic protocol.

use std::io::{self, Read, Write};

/// A connection, encrypted or not.
pub(crate) trait Wire: Read + Write {}

impl<T: Read + Write> Wire for T {}

/// An OK packet.
pub(crate) const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];

/// The same, announcing another result.
pub(crate) const OK_AND_MORE: [u8; 7] = [0, 0, 0, 0x0a, 0, 0, 0];

const CLIENT_SSL: u32 = 0x800;

/// The bit that promises TLS, or asks for it, is in this packet.
pub(crate) fn wants_tls(login: &[u8]) -> bool {
    let [a, b, ..] = login else { return false };
    u32::from(u16::from_le_bytes([*a, *b])) & CLIENT_SSL != 0 && login.len() == 32
}

pub(crate) fn greeting(offers_tls: bool) -> Vec<u8> {
    // PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH, MULTI_STATEMENTS, MULTI_RESULTS, TRANSACTIONS, LONG_PASSWORD
    let capabilities: u32 = 0x200 | 0x8000 | 0x8_0000 | 0x1_0000 | 0x2_0000 | 0x2000 | 1;
    let capabilities = capabilities | if offers_tls { CLIENT_SSL } else { 0 };
    let [low, high] =
        [capabilities & 0xffff, capabilities >> 16].map(|half| u16::try_from(half).unwrap().to_le_bytes());
    let mut packet = vec![10];
    packet.extend(b"5.5.5-10.11.6-MariaDB\0\x01\0\0\0abcdefgh\0");
    packet.extend(low);
    packet.extend([45, 2, 0]);
    packet.extend(high);
    packet.push(21);
    packet.extend([0; 10]);
    packet.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet
}

pub(crate) fn error(code: u16, message: &str) -> Vec<u8> {
    let mut packet = vec![0xff];
    packet.extend(code.to_le_bytes());
    packet.extend(b"#HY000");
    packet.extend(message.as_bytes());
    packet
}

/// A name and a value, which may be NULL.
pub(crate) type Row = (Vec<u8>, Option<Vec<u8>>);

/// A result set of two columns; the sequence number after it.
pub(crate) fn result_set(wire: &mut dyn Wire, first: u8, rows: &[Row], more: bool) -> io::Result<u8> {
    let mut sequence = columns(wire, first)?;
    for (name, value) in rows {
        let value = value.as_deref().map_or_else(|| vec![0xfb], string);
        send(wire, sequence, &[string(name), value].concat())?;
        sequence = sequence.wrapping_add(1);
    }
    send(wire, sequence, &[0xfe, 0, 0, if more { 0x0a } else { 2 }, 0])?;
    Ok(sequence.wrapping_add(1))
}

/// What comes before the rows.
pub(crate) fn columns(wire: &mut dyn Wire, first: u8) -> io::Result<u8> {
    let head = [vec![2], column("Variable_name"), column("Value"), vec![0xfe, 0, 0, 2, 0]];
    let mut sequence = first;
    for packet in head {
        send(wire, sequence, &packet)?;
        sequence = sequence.wrapping_add(1);
    }
    Ok(sequence)
}

/// Rows without end.
pub(crate) fn endless(wire: &mut dyn Wire, first: u8, length: Option<usize>) -> io::Result<()> {
    let value = length.map_or_else(|| vec![0xfb], |length| string(vec![b'x'; length]));
    let row = [string(b"wsrep_ready"), value].concat();
    let mut sequence = columns(wire, first)?;
    loop {
        send(wire, sequence, &row)?;
        sequence = sequence.wrapping_add(1);
    }
}

pub(crate) fn column(name: &str) -> Vec<u8> {
    let name = string(name.as_bytes());
    let mut packet = [string(b"def"), string(b""), string(b""), string(b""), name.clone(), name].concat();
    packet.extend([0x0c, 45, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
    packet
}

/// A string with its length.
pub(crate) fn string(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    let [a, b, c, ..] = text.len().to_le_bytes();
    let length = if text.len() < 251 { vec![a] } else { vec![0xfd, a, b, c] };
    [&length, text].concat()
}

pub(crate) fn send(wire: &mut dyn Wire, sequence: u8, payload: &[u8]) -> io::Result<()> {
    let [a, b, c, _] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    wire.write_all(&[&[a, b, c, sequence], payload].concat())?;
    wire.flush()
}

/// The sequence number that follows, and the payload.
pub(crate) fn receive(wire: &mut dyn Wire) -> io::Result<(u8, Vec<u8>)> {
    let mut header = [0; 4];
    wire.read_exact(&mut header)?;
    let [a, b, c, sequence] = header;
    let mut payload = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
    wire.read_exact(&mut payload)?;
    Ok((sequence.wrapping_add(1), payload))
}
