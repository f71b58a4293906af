// core/rng.hpp and engine/seeding.hpp against the streams of numpy 2.4.6: every constant below was printed by
// `numpy.random.default_rng(seed)` of that version.
#include <cstdint>
#include <limits>
#include <vector>

#include "check.hpp"
#include "core/rng.hpp"
#include "engine/seeding.hpp"

namespace {

using plyo::Rng;
using plyo::SeedWords;

// A seed, the state it starts, and the draws in this order: random_raw(), random(),
// uniform(-0.05, 0.05).
struct Stream {
  SeedWords seed;  // 32 bits each, the lowest first
  std::uint64_t state_high, state_low, increment_high, increment_low;
  std::uint64_t raw;
  double random, uniform;
};

// Seeds 0, 1, 42, 2^32 - 1, 2^32, 2^63 + 12345, 2^64 - 1, 2^64, 2^96 + 7, 2^128 - 1, 2^128, 2^160 + 2^64 + 3,
// 10^60.
const std::vector<Stream>& streams() {
  static const std::vector<Stream> all{
      {{0U},
       0x1AA1B5345996452DU,
       0x09585EB7A69561E3U,
       0x418DDADB3AF71A82U,
       0x588133BC447873A9U,
       0xA30FEBCFD9C2825FU,
       0x1.1442f7e20b674p-2,
       -0x1.7808d4489d6d2p-5},
      {{1U},
       0x9C5B484BFEDB756CU,
       0x2A6E7D6F320FBC7EU,
       0x922AF2DA2645F895U,
       0xA19857B95740937BU,
       0x8306BDF37922E4FFU,
       0x1.e6a32d7782a55p-1,
       -0x1.2381235316a62p-5},
      {{42U},
       0xCEA44F6798798F2AU,
       0xACBC7C9D68860AC8U,
       0xFA505436C9A8416EU,
       0x66CAF2E28D25ABFFU,
       0xC621FBCD16D92688U,
       0x1.c16959869e47ep-2,
       0x1.25c36f3afc536p-5},
      {{4294967295U},
       0x4C233832246AA48CU,
       0xC57A3CE19C86BA9AU,
       0xDA9580DAF0FE872CU,
       0xAD12D969E7B701FBU,
       0x407F5FA930D8FD9FU,
       0x1.c0a59175cb424p-3,
       -0x1.5c83413a2dc77p-6},
      {{0U, 1U},
       0x24D060CF1520DBDDU,
       0x21BBF7FBFF1AC5D4U,
       0x77FF3ED86C5C5633U,
       0x7B62EEA7340CA9C7U,
       0xE3C5EBE285AC1625U,
       0x1.1d4132d1fc63bp-1,
       0x1.ed01ffcebd25cp-6},
      {{12345U, 2147483648U},
       0x495253518DDACC02U,
       0xD82BB01EF0440F7FU,
       0xDB8E76ED55085731U,
       0x5CB70B97BA27FD83U,
       0x7E82FF06E5A17E1CU,
       0x1.26ebbc28fe423p-1,
       -0x1.769fa698ee0a8p-5},
      {{4294967295U, 4294967295U},
       0xDDC419442AEBDE79U,
       0x4D8B0A3B048ACDB0U,
       0x37762AACB3CC854FU,
       0x4ED623C7D18951EDU,
       0xAE163A7A8C47568FU,
       0x1.b0ccb3ebe6704p-1,
       -0x1.93890faeda5d7p-5},
      {{0U, 0U, 1U},
       0xA9ACCC95FBEF0B60U,
       0x06E48F7BA888665FU,
       0x0A735A66D6CC20FFU,
       0x6FB87B076EAB3685U,
       0x730150B2E3C8C450U,
       0x1.906d382019ab4p-2,
       0x1.f86c3193a3c90p-8},
      {{7U, 0U, 0U, 1U},
       0xB27794AADA5D85F8U,
       0x5BF96B095D520ADFU,
       0x205BE2246F886F10U,
       0xDE70BB7CA17ACB31U,
       0x5ED068A4CA4EAA82U,
       0x1.aa58b93657d38p-4,
       -0x1.e6d212d735c7ap-6},
      {{4294967295U, 4294967295U, 4294967295U, 4294967295U},
       0x930E3F4E44CF5B5BU,
       0xCB03C85FECFF336DU,
       0xA67E37A5EF11D083U,
       0x538C40F608105745U,
       0x3E2F9D58520F46E1U,
       0x1.66554db27bfcap-1,
       -0x1.577ed2dacbe18p-7},
      {{0U, 0U, 0U, 0U, 1U},
       0xCE2E9AAFED643421U,
       0x0BBAE0BA209757F3U,
       0xF7837D08537ECC20U,
       0x198A6616A0AE3D51U,
       0xAD5CC5F1A97C42B5U,
       0x1.f1a30952d2850p-3,
       0x1.6e3a448102d34p-7},
      {{3U, 0U, 1U, 0U, 0U, 1U},
       0x8179CF18118AAF33U,
       0xAF6D62DE58E385EDU,
       0xDBBFC5045BF34C0DU,
       0x03EFFC4AAFC401BFU,
       0x618900DF50434B40U,
       0x1.f7965e45ec31dp-1,
       -0x1.1b94b9bcbc57fp-5},
      {{0U, 268435456U, 2489684185U, 3613540908U, 2585937153U, 1327965719U, 159U},
       0xF8DE9F0E34A1FE80U,
       0x307B8F46A967FE0EU,
       0x32A917B75BCD82E4U,
       0x291564CFEBC825C7U,
       0xEA55C46D45690127U,
       0x1.914772c4deeecp-2,
       0x1.263d40adcc360p-7},
  };
  return all;
}

// Five draws of integers(low, high) from seed 7, and then random_raw().
struct Bounded {
  std::int64_t low, high;
  std::int64_t drawn[5];
  std::uint64_t raw;
  std::uint32_t has_uint32;
};

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

constexpr Bounded kBounded[] = {
    {0, 1, {0, 0, 0, 0, 0}, 0xA00641A9F1E54A8BU, 0},
    {5, 6, {5, 5, 5, 5, 5}, 0xA00641A9F1E54A8BU, 0},
    {0, 2, {1, 1, 1, 1, 1}, 0x39A72DABD56A2742U, 1},
    {0, 3, {2, 1, 2, 2, 1}, 0x39A72DABD56A2742U, 1},
    {-7, 11, {10, 4, 5, 9, 3}, 0x39A72DABD56A2742U, 1},
    {0, 1000003, {944907, 625097, 684181, 897216, 578294}, 0x39A72DABD56A2742U, 1},
    {0, 2147483648, {2029167941, 1342382292, 1469265226, 1926751966, 1241873585}, 0x39A72DABD56A2742U, 1},
    {0, 3221225472, {3043751912, 2013573438, 2203897839, 1862810377, 2498658503}, 0x39A72DABD56A2742U, 0},
    {0, 4294967295, {4058335882, 2684764584, 2938530452, 3853503931, 2483747169}, 0x39A72DABD56A2742U, 1},
    {0, 4294967296, {4058335883, 2684764585, 2938530453, 3853503932, 2483747170}, 0x39A72DABD56A2742U, 1},
    {0, 4294967297, {2684764586, 3853503933, 3331544672, 967257516, 1289204377}, 0xDFA132D748FA2734U, 0},
    {-1099511627776,
     1099511640121,
     {275087847944, 873482396834, 606239253647, -604275776889, -439438983019},
     0xDFA132D748FA2734U,
     0},
    {0,
     6917529027641081856,
     {6206502512207226871, 5365828278596935044, 1557877273993399992, 2076408988992585337,
      6042831315724521139},
     0x01591126E9A1AC70U,
     0},
    {0,
     kMax,
     {5765488047046174020, 8275336682942969161, 7154437704795913392, 2077169698657866656,
      2768545318656780450},
     0xDFA132D748FA2734U,
     0},
    {kMin,
     kMax,
     {2307604057237572234, 7327301329031162516, 5085503372737050977, -5069032639539042495,
      -3686281399541214908},
     0xDFA132D748FA2734U,
     0},
    {kMin,
     kMin,
     {2307604057237572235, 7327301329031162517, 5085503372737050978, -5069032639539042494,
      -3686281399541214907},
     0xDFA132D748FA2734U,
     0},  // the full range
};

// The first raw words of a seed, at compile time as well.
static_assert(plyo::seeded_rng(42).next_uint64() == 0xC621FBCD16D92688U);
static_assert(plyo::seeded_rng(1).state().increment_low == 0xA19857B95740937BU);

}  // namespace

PLYO_TEST(rng_starts_and_draws_as_numpy_does_from_seeds_of_every_length) {
  for (const Stream& stream : streams()) {
    Rng rng = plyo::seeded_rng(stream.seed);
    CHECK_EQ(rng.state().state_high, stream.state_high);
    CHECK_EQ(rng.state().state_low, stream.state_low);
    CHECK_EQ(rng.state().increment_high, stream.increment_high);
    CHECK_EQ(rng.state().increment_low, stream.increment_low);
    CHECK_EQ(rng.state().has_uint32, 0U);
    CHECK_EQ(rng.next_uint64(), stream.raw);
    CHECK_EQ(rng.next_double(), stream.random);
    CHECK_EQ(rng.uniform(-0.05, 0.05), stream.uniform);
  }
}

PLYO_TEST(rng_seeds_of_64_bits_and_of_words_are_the_same) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFFFU},
                                   std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    const SeedWords words{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
    CHECK(plyo::seeded_rng(seed).state() == plyo::seeded_rng(words).state());
  }
}

PLYO_TEST(rng_leading_zero_words_and_no_words_mean_what_they_should) {
  CHECK(plyo::seeded_rng(SeedWords{5, 0, 0}).state() == plyo::seeded_rng(5).state());
  CHECK(plyo::seeded_rng(SeedWords{}).state() == plyo::seeded_rng(0).state());
  CHECK(plyo::seeded_rng(SeedWords{0, 0}).state() == plyo::seeded_rng(0).state());
}

PLYO_TEST(rng_bounded_integers_are_numpys) {
  for (const Bounded& bounded : kBounded) {
    Rng rng = plyo::seeded_rng(7);
    for (const std::int64_t expected : bounded.drawn)
      CHECK_EQ(rng.integers(bounded.low, bounded.high), expected);
    // the raw word comes from the stream itself, past a half that is kept for later
    CHECK_EQ(rng.next_uint64(), bounded.raw);
    CHECK_EQ(rng.state().has_uint32, bounded.has_uint32);
  }
}

// numpy, seed 99: integers(10), random(), integers(10), integers(10), integers(2**40), integers(3), random()
PLYO_TEST(rng_keeps_the_unused_half_of_a_word_across_other_draws) {
  Rng rng = plyo::seeded_rng(99);
  CHECK_EQ(rng.integers(0, 10), 9);
  CHECK_EQ(rng.state().has_uint32, 1U);
  CHECK_EQ(rng.next_double(), 0x1.2153b0bb83eaep-1);
  CHECK_EQ(rng.state().has_uint32, 1U);
  CHECK_EQ(rng.integers(0, 10), 5);
  CHECK_EQ(rng.state().has_uint32, 0U);
  CHECK_EQ(rng.integers(0, 10), 1);
  CHECK_EQ(rng.integers(0, std::int64_t{1} << 40), 1068930220529);
  CHECK_EQ(rng.integers(0, 3), 1);
  CHECK_EQ(rng.next_double(), 0x1.3ad495a9ee18ap-1);
  CHECK_EQ(rng.state().has_uint32, 0U);
}

PLYO_TEST(rng_a_word_of_32_bits_is_the_low_half_and_then_the_high_half) {
  Rng rng = plyo::seeded_rng(42);
  CHECK_EQ(rng.next_uint32(), 0x16D92688U);
  CHECK_EQ(rng.next_uint32(), 0xC621FBCDU);
}

PLYO_TEST(rng_a_range_of_one_draws_nothing) {
  Rng rng = plyo::seeded_rng(3);
  const Rng::State before = rng.state();
  CHECK_EQ(rng.integers(-4, -3), -4);
  CHECK(rng.state() == before);
}

PLYO_TEST(rng_a_state_goes_out_and_comes_back) {
  Rng rng = plyo::seeded_rng(11);
  static_cast<void>(rng.integers(0, 5));
  Rng copy;
  copy.set_state(rng.state());
  CHECK_EQ(copy.integers(0, 5), rng.integers(0, 5));
  CHECK_EQ(copy.next_uint64(), rng.next_uint64());
}

PLYO_TEST(rng_seeding_adds_the_lane_with_carry_over_every_word) {
  CHECK(plyo::add(SeedWords{5}, 3) == (SeedWords{8}));
  CHECK(plyo::add(SeedWords{0xFFFFFFFFU}, 1) == (SeedWords{0, 1}));
  CHECK(plyo::add(SeedWords{0xFFFFFFFFU, 0xFFFFFFFFU}, 2) == (SeedWords{1, 0, 1}));
  CHECK(plyo::add(SeedWords{0xFFFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFFU}, 1) ==
        (SeedWords{0, 0, 0, 0, 1}));
  CHECK(plyo::add(SeedWords{1}, (std::uint64_t{3} << 32) + 4) == (SeedWords{5, 3}));
  CHECK(plyo::add(SeedWords{1, 0xFFFFFFFFU}, std::uint64_t{1} << 32) == (SeedWords{1, 0, 1}));
  CHECK(plyo::add(SeedWords{7, 7}, 0) == (SeedWords{7, 7}));
}

PLYO_TEST(rng_seeding_entropy_has_four_words_and_differs) {
  const SeedWords a = plyo::entropy_seed();
  const SeedWords b = plyo::entropy_seed();
  CHECK_EQ(a.size(), std::size_t{4});
  CHECK(a != b);
}
