// node/tls_shown.h: what a serving node shows who calls over TLS, and the files that it is in.
//
// tls/given.pem, given.key  a certificate that somebody gave (`linli tls use`): shown first
// tls/given.wrap            what given.key is wrapped under, where node.key has a passphrase
//                           (given_key.h)
// tls/server.pem            one of the city's own authority, for tls.key
// tls/ca.pem                that authority's certificate; tls/ca.key its key, at the hub only
// tls/names                 what browsers call this node, a name a line; server.names: those that
//                           server.pem is for
// tls/ca.before             the authority that was known before ca.pem, behind a line that says
// when
//                           another one came
// tls/refused               why no certificate could be had: when, code, detail, a line each
// tls/key.pub               the public half of tls.key, so that a renewal needs no passphrase
#pragma once

#include <memory>
#include <optional>

#include "crypto/tls_line.h"
#include "node/given_key.h"
#include "node/replica.h"

namespace linli::node {

struct TlsFiles {
  explicit TlsFiles(const DataDir& dir) : folder(dir.root() / "tls") {}
  std::filesystem::path folder;
  [[nodiscard]] std::filesystem::path given() const { return folder / "given.pem"; }
  [[nodiscard]] std::filesystem::path given_key() const { return folder / "given.key"; }
  [[nodiscard]] std::filesystem::path given_wrap() const { return folder / "given.wrap"; }
  [[nodiscard]] std::filesystem::path server() const { return folder / "server.pem"; }
  [[nodiscard]] std::filesystem::path authority() const { return folder / "ca.pem"; }
  [[nodiscard]] std::filesystem::path authority_key() const { return folder / "ca.key"; }
  [[nodiscard]] std::filesystem::path names() const { return folder / "names"; }
  [[nodiscard]] std::filesystem::path names_issued() const { return folder / "server.names"; }
  [[nodiscard]] std::filesystem::path authority_before() const { return folder / "ca.before"; }
  [[nodiscard]] std::filesystem::path refused() const { return folder / "refused"; }
  [[nodiscard]] std::filesystem::path public_key() const { return folder / "key.pub"; }
};

/// The certificate that browsers are to be shown; nothing: there is none, and they see the bare
/// key. `out_of_time`: a given one is there whose time is over or hasn't come, be it that this
/// machine's clock is wrong; the node's own is shown instead. Errors: of a given one, that it can't
/// be used at any time (TlsIdentity::read), or its key can't be opened (GivenKey::pem); io.
struct ForBrowsers {
  std::optional<crypto::TlsIdentity> shown;
  std::optional<Error> out_of_time;
};
[[nodiscard]] Result<ForBrowsers> certificate_for_browsers(const DataDir& dir,
                                                           const crypto::TlsKey& key,
                                                           GivenKey& given, sync::Micros now);

/// For a server. The files are looked at anew while it serves: what `linli tls` changes, or a
/// renewal, counts from the next caller on; a file that can't be used (it is being written) is
/// tried again; what ends is shown no longer. Errors: as tls_key_of and certificate_for_browsers.
[[nodiscard]] Result<std::unique_ptr<crypto::TlsServerSide>> tls_server_side(Replica& replica);

/// What people have to hear of a given certificate, which nobody renews by himself; nothing: none
/// is given, or it is good for a month and more. Whether a wrapped key fits it isn't looked at.
/// `code`: given_certificate_unusable, …_not_yet_valid, …_ended, …_ends_soon.
struct GivenTrouble {
  std::string code, text;
};
[[nodiscard]] std::optional<GivenTrouble> trouble_of_given(const DataDir& dir, sync::Micros now);

/// A small text file. Errors: io; too_large (over 256 KiB).
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& file);
/// Whole or not at all, also after a power cut; mode 0600. Makes the folder. Errors: io, disk_full.
[[nodiscard]] Result<void> write_small_file(const std::filesystem::path& file,
                                            std::string_view text);

}  // namespace linli::node
