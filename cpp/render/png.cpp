// PNG without compression, for small images in SVG text.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "render/svg.hpp"

namespace plyo::render {

namespace {

// The table of CRC-32 (ISO 3309, reflected polynomial 0xedb88320).
constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t rest = i;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = rest;
  }
  return table;
}();

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) crc = kCrcTable[(crc ^ static_cast<std::uint8_t>(c)) & 255] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
  std::uint32_t a = 1, b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<std::uint8_t>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void append_big_endian(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((value >> shift) & 255));
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_big_endian(out, static_cast<std::uint32_t>(data.size()));
  std::string body(type);
  body += data;
  out += body;
  append_big_endian(out, crc32(body));
}

}  // namespace

std::string to_png(const std::uint8_t* pixels, int columns, int rows) {
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(columns));
  append_big_endian(header, static_cast<std::uint32_t>(rows));
  header += std::string("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, no interlacing
  // rows, each after the number of its filter, 0
  std::string raw;
  const auto row_size = std::size_t{3} * static_cast<std::size_t>(columns);
  for (int row = 0; row < rows; ++row) {
    const std::uint8_t* first = pixels + row_size * static_cast<std::size_t>(row);
    raw.push_back('\0');
    raw.append(first, first + row_size);
  }
  // a zlib stream of stored blocks
  std::string stream = "\x78\x01";
  constexpr std::size_t kBlock = 65535;
  for (std::size_t at = 0; at < raw.size(); at += kBlock) {
    const std::size_t size = std::min(kBlock, raw.size() - at);
    stream.push_back(at + size == raw.size() ? '\1' : '\0');
    for (const std::size_t number : {size, ~size}) {
      stream.push_back(static_cast<char>(number & 255));
      stream.push_back(static_cast<char>((number >> 8) & 255));
    }
    stream.append(raw, at, size);
  }
  append_big_endian(stream, adler32(raw));
  std::string out = "\x89PNG\r\n\x1a\n";
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", stream);
  append_chunk(out, "IEND", {});
  return out;
}

}  // namespace plyo::render
