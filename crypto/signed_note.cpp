#include "crypto/signed_note.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

namespace linli::crypto {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;
constexpr std::size_t kStampBytes = 8;

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

template <class Number>
std::string big_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (auto at = bytes.rbegin(); at != bytes.rend(); ++at, number >>= 8) {
    *at = static_cast<char>(number & 0xFF);
  }
  return bytes;
}

template <class Number>
Number from_big_endian(std::string_view bytes) {
  Number number = 0;
  for (const char c : bytes) {
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(c));
  }
  return number;
}

tl::unexpected<Error> malformed(std::string detail) {
  return fail(Errc::malformed, std::move(detail));
}

/// Plain spaces only are looked for: a name with one of Unicode's is refused by its maker's reader.
bool valid_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" +\n\r\t") == name.npos;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
  });
}

Result<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const bool leading = text.size() > 1 && text.front() == '0';
  if (text.empty() || leading || read.ec != std::errc{} || read.ptr != end) {
    return malformed("not a number: " + std::string(text.substr(0, 32)));
  }
  return number;
}

Result<NoteSignature> signature_line(std::string_view line) {
  if (!line.starts_with(kDash)) return malformed("a signature line begins with a dash");
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == line.npos || !valid_name(line.substr(0, space))) {
    return malformed("a signature line is: dash, name, signature");
  }
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes) return fail(bytes.error());
  if (bytes->size() <= 4) return malformed("a signature is longer than its key's id");
  return NoteSignature{std::string(line.substr(0, space)),
                       from_big_endian<std::uint32_t>(std::string_view(*bytes).substr(0, 4)),
                       bytes->substr(4)};
}

std::string cosigned_header(std::uint64_t time) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n";
}

Result<const NoteSignature*> signature_of(const SignedNote& note, const NoteKey& key) {
  const auto id = key.id();
  for (const auto& signature : note.signatures) {
    if (signature.name == key.name && signature.id == id) return &signature;
  }
  return fail(Errc::unauthorised, key.name + " didn't sign it");
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), kBase64);
  text.pop_back();
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 2, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  std::size_t size = 0;
  if (sodium_base642bin(out, bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        kBase64) != 0) {
    return malformed("not base64");
  }
  bytes.resize(size);
  // libsodium takes bytes beyond ASCII for letters: two spellings of one thing.
  if (to_base64(bytes) != text) return malformed("not base64");
  return bytes;
}

std::uint32_t NoteKey::id() const {
  const char type_byte = static_cast<char>(type);
  const auto hash = sha256({name, "\n", std::string_view(&type_byte, 1), key.view()});
  return from_big_endian<std::uint32_t>(hash.view().substr(0, 4));
}

std::string NoteKey::vkey() const {
  const std::string bytes = static_cast<char>(type) + std::string(key.view());
  return name + "+" + to_hex(big_endian(id())) + "+" + to_base64(bytes);
}

Result<NoteKey> NoteKey::from_vkey(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return malformed("a verifier key is name+id+key");
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes) return fail(bytes.error());
  if (bytes->size() != 1 + PublicKey::size()) return malformed("a verifier key of another kind");
  NoteKey key{std::string(text.substr(0, first)), static_cast<NoteType>(bytes->front()),
              PublicKey::of(std::string_view(*bytes).substr(1))};
  if (key.type != NoteType::ed25519 && key.type != NoteType::cosignature) {
    return malformed("a verifier key of another kind");
  }
  if (!valid_name(key.name) || key.vkey() != text) {
    return malformed("the verifier key's id isn't its key's");
  }
  return key;
}

std::string NoteSignature::line() const {
  return std::string(kDash) + name + " " + to_base64(big_endian(id) + bytes) + "\n";
}

std::string SignedNote::encode() const {
  std::string note = text + "\n";
  for (const auto& signature : signatures) note += signature.line();
  return note;
}

Result<SignedNote> SignedNote::decode(std::string_view note) {
  if (note.size() > kNoteBytesMax) return fail(Errc::too_large, "a note over 64 KiB");
  if (has_control_characters(note)) return malformed("a note has no control characters");
  const auto blank = note.rfind("\n\n");
  if (blank == note.npos || blank == 0) return malformed("a note has a text and signatures");
  SignedNote read{std::string(note.substr(0, blank + 1)), {}};
  auto lines = note.substr(blank + 2);
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == lines.npos) return malformed("a note ends with a newline");
    auto signature = signature_line(lines.substr(0, end));
    if (!signature) return fail(signature.error());
    if (read.signatures.size() == kNoteSignaturesMax) return malformed("too many signatures");
    read.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  if (read.signatures.empty()) return malformed("nobody signed the note");
  return read;
}

std::string Checkpoint::encode() const {
  std::string text = origin + "\n" + std::to_string(size) + "\n" + to_base64(root.view()) + "\n";
  for (const auto& extension : extensions) text += extension + "\n";
  return text;
}

Result<Checkpoint> Checkpoint::decode(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == text.npos || end == 0) return malformed("a checkpoint has lines that aren't empty");
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.size() < 3) return malformed("a checkpoint is origin, size and root");
  const auto size = decimal(lines[1]);
  if (!size) return fail(size.error());
  const auto root = from_base64(lines[2]);
  if (!root) return fail(root.error());
  if (root->size() != TreeHash::size()) return malformed("a checkpoint's root has 32 bytes");
  return Checkpoint{lines[0], *size, TreeHash::of(*root), {lines.begin() + 3, lines.end()}};
}

NoteSignature sign_note(const SigningKey& key, std::string name, std::string_view text) {
  ensure(!text.starts_with(kNoOriginPrefix), "sign_note: not a text of another kind");
  ensure(valid_name(name), "sign_note: the name");
  const NoteKey verifier{std::move(name), NoteType::ed25519, key.public_key()};
  return {verifier.name, verifier.id(), std::string(key.sign({}, text).view())};
}

NoteSignature cosign(const SigningKey& key, std::string name, std::string_view text,
                     std::uint64_t time) {
  ensure(valid_name(name), "cosign: the name");
  const NoteKey verifier{std::move(name), NoteType::cosignature, key.public_key()};
  const auto signature = key.sign(cosigned_header(time), text);
  return {verifier.name, verifier.id(), big_endian(time) + std::string(signature.view())};
}

Result<void> check_note(const SignedNote& note, const NoteKey& key) {
  ensure(key.type == NoteType::ed25519, "check_note: the kind of key");
  const auto signature = signature_of(note, key);
  if (!signature) return fail(signature.error());
  const auto& bytes = (*signature)->bytes;
  if (bytes.size() != Signature::size() || !verify(key.key, {}, note.text, Signature::of(bytes))) {
    return fail(Errc::bad_signature, "the note isn't signed by " + key.name);
  }
  return {};
}

Result<std::uint64_t> check_cosignature(const SignedNote& note, const NoteKey& key) {
  ensure(key.type == NoteType::cosignature, "check_cosignature: the kind of key");
  const auto signature = signature_of(note, key);
  if (!signature) return fail(signature.error());
  const std::string_view bytes = (*signature)->bytes;
  if (bytes.size() == kStampBytes + Signature::size()) {
    const auto time = from_big_endian<std::uint64_t>(bytes.substr(0, kStampBytes));
    if (verify(key.key, cosigned_header(time), note.text,
               Signature::of(bytes.substr(kStampBytes)))) {
      return time;
    }
  }
  return fail(Errc::bad_signature, "the cosignature isn't of " + key.name);
}

}  // namespace linli::crypto
