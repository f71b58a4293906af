#include "render/glyphs.hpp"

#include <cstdint>

namespace plyo::render {

namespace {

// From ' ' to '~': 35 bits from the top left to the bottom right cell, the first one highest.
constexpr std::uint64_t kLarge[] = {
    0x000000000, 0x108421004, 0x294a00000, 0x295f57d4a,  // space  !  "  #
    0x11f4717c4, 0x672222273, 0x32544564d, 0x108800000,  // $  %  &  '
    0x088842082, 0x208210888, 0x009575480, 0x0084f9080,  // (  )  *  +
    0x000003088, 0x0000f8000, 0x00000018c, 0x042222210,  // ,  -  .  /
    0x3a33ae62e, 0x11842108e, 0x3a213221f, 0x78217043e,  // 0  1  2  3
    0x08ca97c42, 0x7e1e0862e, 0x1910f462e, 0x7c2222108,  // 4  5  6  7
    0x3a317462e, 0x3a317844c, 0x018c03180, 0x018c03088,  // 8  9  :  ;
    0x088882082, 0x001f07c00, 0x208208888, 0x3a2111004,  // <  =  >  ?
    0x3a216d6ae, 0x3a31fc631, 0x7a31f463e, 0x3a308422e,  // @  A  B  C
    0x72518c65c, 0x7e10f421f, 0x7e10f4210, 0x3a30bc62f,  // D  E  F  G
    0x4631fc631, 0x38842108e, 0x1c4210a4c, 0x4654c5251,  // H  I  J  K
    0x42108421f, 0x4775ac631, 0x4639ace31, 0x3a318c62e,  // L  M  N  O
    0x7a31f4210, 0x3a318d64d, 0x7a31f5251, 0x3e107043e,  // P  Q  R  S
    0x7c8421084, 0x46318c62e, 0x46318c544, 0x4631ad6aa,  // T  U  V  W
    0x462a22a31, 0x462a21084, 0x7c222221f, 0x39084210e,  // X  Y  Z  [
    0x420820821, 0x38421084e, 0x115100000, 0x00000001f,  // backslash  ]  ^  _
    0x208200000, 0x000e0be2f, 0x4216cc63e, 0x000e8422e,  // `  a  b  c
    0x042d9c62f, 0x000e8fe0e, 0x1928e2108, 0x01f18bc2e,  // d  e  f  g
    0x4216cc631, 0x100c2108e, 0x080610a4c, 0x4212a6292,  // h  i  j  k
    0x30842108e, 0x001aad631, 0x0016cc631, 0x000e8c62e,  // l  m  n  o
    0x001e8fa10, 0x000d9bc21, 0x0016cc210, 0x000e8383e,  // p  q  r  s
    0x211c42126, 0x00118c66d, 0x00118c544, 0x00118d6aa,  // t  u  v  w
    0x001151151, 0x00118bc2e, 0x001f1111f, 0x088441082,  // x  y  z  {
    0x108421084, 0x208411088, 0x0008a8800,               // |  }  ~
};

// From ' ' to '`', then from '{' to '~': 15 bits in the same order.
constexpr std::uint16_t kSmall[] = {
    0x0000, 0x2482, 0x5a00, 0x5f7d, 0x3c9e, 0x52a5, 0x2aab, 0x2400,  // space  !  "  #  $  %  &  '
    0x1491, 0x4494, 0x55d5, 0x05d0, 0x0014, 0x01c0, 0x0002, 0x12a4,  // (  )  *  +  ,  -  .  /
    0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9, 0x79cf, 0x79ef, 0x7292,  // 0  1  2  3  4  5  6  7
    0x7bef, 0x7bcf, 0x0410, 0x0414, 0x1511, 0x0e38, 0x4454, 0x72c2,  // 8  9  :  ;  <  =  >  ?
    0x7be7, 0x2bed, 0x6bae, 0x7927, 0x6b6e, 0x79a7, 0x79a4, 0x796f,  // @  A  B  C  D  E  F  G
    0x5bed, 0x7497, 0x126f, 0x5bad, 0x4927, 0x5fed, 0x6b6d, 0x2b6a,  // H  I  J  K  L  M  N  O
    0x7be4, 0x2b7b, 0x7bad, 0x39ce, 0x7492, 0x5b6f, 0x5b6a, 0x5bfd,  // P  Q  R  S  T  U  V  W
    0x5aad, 0x5a92, 0x72a7, 0x3493, 0x4889, 0x6496, 0x2a00, 0x0007,  // X  Y  Z  [  backslash  ]  ^  _
    0x4400, 0x3593, 0x2492, 0x64d6, 0x0780,                          // `  {  |  }  ~
};

// A box, for characters without a glyph.
constexpr std::uint64_t kLargeBox = 0x7e318c63f;
constexpr std::uint16_t kSmallBox = 0x7b6f;

}  // namespace

bool glyph_ink(Font font, char letter, int column, int row) {
  const auto code = static_cast<unsigned char>(letter);
  const bool known = code >= 32 && code <= 126;
  if (font == Font::k5x7) {
    const std::uint64_t bits = known ? kLarge[code - 32] : kLargeBox;
    return ((bits >> (34 - (row * 5 + column))) & 1) != 0;
  }
  // capitals replace lower-case letters, whose 26 places the table leaves out
  const int place = code < 97 ? code - 32 : code < 123 ? code - 64 : code - 58;
  const std::uint16_t bits = known ? kSmall[place] : kSmallBox;
  return ((bits >> (14 - (row * 3 + column))) & 1) != 0;
}

}  // namespace plyo::render
