#include "node/tls_profile.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "node/store/database.h"
#include "node/tls_shown.h"

namespace linli::node {
namespace {

std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // Its end mark.
  return text;
}

/// The bytes between the first BEGIN and END.
std::string der_in(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END";
  const auto begin = pem.find(kBegin);
  const auto end = pem.find(kEnd, begin == std::string_view::npos ? 0 : begin + kBegin.size());
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  const auto coded = pem.substr(begin + kBegin.size(), end - begin - kBegin.size());
  std::string der(coded.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(der.data()), der.size(), coded.data(),
                        coded.size(), "\r\n ", &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return {};
  }
  der.resize(size);
  return der;
}

std::string fingerprint_of(std::string_view der) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(der.data()), der.size());
  auto hex = crypto::to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    if (i > 0) text += ':';
    for (std::size_t j = i; j < i + 2; ++j) {
      text += hex[j] >= 'a' ? static_cast<char>(hex[j] - 'a' + 'A') : hex[j];
    }
  }
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    if (c == '>') out += "&gt;";
    if (c == '&') out += "&amp;";
    if (c == '"') out += "&quot;";
    if (c != '<' && c != '>' && c != '&' && c != '"') out += c;
  }
  return out;
}

/// The same for the same certificate: put in twice, it is there once.
std::string uuid_of(std::string_view purpose, std::string_view der) {
  auto hex = crypto::to_hex(crypto::hash({purpose, der}).view().substr(0, 16));
  for (const std::size_t at : {8u, 13u, 18u, 23u}) hex.insert(at, "-");
  std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return hex;
}

std::string apple_profile(const std::string& city, std::string_view der) {
  const auto inner = uuid_of("linli/profile/certificate", der);
  const auto outer = uuid_of("linli/profile", der);
  const auto name = escaped(city);
  const auto item = [](const std::string& key, const std::string& value) {
    return "<key>" + key + "</key><string>" + value + "</string>\n";
  };
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
         "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
         "<plist version=\"1.0\"><dict>\n<key>PayloadContent</key><array><dict>\n" +
         item("PayloadCertificateFileName", "linli-ca.crt") + "<key>PayloadContent</key><data>" +
         base64(der) + "</data>\n" +
         item("PayloadDescription",
              "邻里各节点网页的证书 certificates of this city's Linli pages") +
         item("PayloadDisplayName", name) + item("PayloadIdentifier", "linli.ca." + inner) +
         item("PayloadType", "com.apple.security.root") + item("PayloadUUID", inner) +
         "<key>PayloadVersion</key><integer>1</integer>\n</dict></array>\n" +
         item("PayloadDisplayName", name + " 邻里 Linli") +
         item("PayloadIdentifier", "linli." + outer) + item("PayloadType", "Configuration") +
         item("PayloadUUID", outer) +
         "<key>PayloadVersion</key><integer>1</integer>\n</dict></plist>\n";
}

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>信任本市证书 · 邻里 Linli</title>
<link rel="stylesheet" href="/assets/linli.css">
</head>
<body>
<main>
<h1>信任{{city}}的证书</h1>
<p>每台手机、电脑只需做一次，之后本市所有节点的网页都可以安全打开。安装前，请与单位发的纸面或电话告知的指纹核对，
不一致请勿安装。</p>
<p>SHA-256：<br><code>{{fingerprint}}</code></p>
<h2>iPhone、iPad</h2>
<ol>
<li>用 Safari 打开并允许下载：<a href="linli.mobileconfig">描述文件 linli.mobileconfig</a></li>
<li>设置 → 已下载描述文件 → 安装</li>
<li>设置 → 通用 → 关于本机 → 证书信任设置：打开本市这一项</li>
</ol>
<h2>安卓、鸿蒙</h2>
<ol>
<li>下载：<a href="linli-ca.crt">证书 linli-ca.crt</a></li>
<li>设置 → 安全 → 加密与凭据（更多安全设置）→ 安装证书 → CA 证书，选中该文件</li>
</ol>
<h2>Windows</h2>
<ol>
<li>下载并双击：<a href="linli-ca.crt">证书 linli-ca.crt</a> → 安装证书 → 当前用户</li>
<li>将所有证书放入下列存储 → 受信任的根证书颁发机构</li>
</ol>
<p>这张证书只能为局域网地址和本市指定的名称作证，不能用于其他网站。</p>
<hr>
<section lang="en">
<h1>Trust the certificates of {{city}}</h1>
<p>Once for each phone or PC; from then on every page of this city's nodes opens safely. Compare the fingerprint above with
the one that your office gave you on paper or by telephone, and don't install it if they differ.</p>
<p><b>iPhone, iPad:</b> open <a href="linli.mobileconfig">linli.mobileconfig</a> in Safari; Settings → Profile Downloaded →
Install; Settings → General → About → Certificate Trust Settings: switch it on.</p>
<p><b>Android:</b> download <a href="linli-ca.crt">linli-ca.crt</a>; Settings → Security → Encryption &amp; credentials →
Install a certificate → CA certificate.</p>
<p><b>Windows:</b> double-click <a href="linli-ca.crt">linli-ca.crt</a> → Install Certificate → Current User → Trusted Root
Certification Authorities.</p>
<p>It vouches for addresses within local networks and for the names that the city set, and for no other page.</p>
</section>
</main>
</body>
</html>
)";

std::string page_of(const TrustKit& kit) {
  std::string page(kPage);
  const auto fill = [&page](std::string_view mark, const std::string& text) {
    for (auto at = page.find(mark); at != std::string::npos; at = page.find(mark, at)) {
      page.replace(at, mark.size(), text);
      at += text.size();
    }
  };
  fill("{{city}}", escaped(kit.city));
  fill("{{fingerprint}}", kit.fingerprint);
  return page;
}

}  // namespace

Result<TrustKit> trust_kit(const DataDir& dir) {
  const TlsFiles files(dir);
  if (!store::file_exists(files.authority())) {
    return fail(
        Errc::not_found,
        "本节点还没有本市 CA 的证书 the city's authority isn't known here: `linli tls profile` at "
        "the hub makes it; a node learns it with its first certificate (`linli tls name`)");
  }
  const auto pem = read_small_file(files.authority());
  if (!pem) return fail(pem.error());
  const auto facts = crypto::tls_facts(*pem);
  if (!facts) return fail(facts.error());
  TrustKit kit;
  kit.city = facts->subject;
  kit.der = der_in(*pem);
  kit.profile = apple_profile(kit.city, kit.der);
  kit.fingerprint = fingerprint_of(kit.der);
  kit.page = page_of(kit);
  return kit;
}

}  // namespace linli::node
