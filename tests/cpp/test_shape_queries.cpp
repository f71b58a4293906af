// Distances, times of impact, rays and contact points of polygons against Box2D 2.3's: the numbers below were
// printed by its C++ library. With glibc's sinf and cosf, which it was linked to, every bit is the same.
#include <cmath>

#include "check.hpp"
#include "core/rng.hpp"
#include "physics2d/collide_polygons.hpp"
#include "physics2d/impact_bound.hpp"
#include "physics2d/ray_cast.hpp"

namespace {

using plyo::physics2d::ConvexPoints;
using plyo::physics2d::Edge;
using plyo::physics2d::Feature;
using plyo::physics2d::kPolygonRadius;
using plyo::physics2d::Manifold;
using plyo::physics2d::own_rotation;
using plyo::physics2d::platform_rotation;
using plyo::physics2d::Polygon;
using plyo::physics2d::SimplexMemory;
using plyo::physics2d::Sweep;
using plyo::physics2d::Vec2;

#if defined(__GLIBC__)
constexpr float kTolerance = 0.0F;
#else
constexpr float kTolerance = 1e-4F;
#endif

bool is_same(float a, float b) { return std::fabs(a - b) <= kTolerance; }
bool is_same(const Vec2& a, const Vec2& b) { return is_same(a.x, b.x) && is_same(a.y, b.y); }

// A step of a stair: a square on `base`.
Polygon square_on(const Vec2& base, float size) {
  const Vec2 points[4] = {base, base + Vec2{size, 0.0F}, base + Vec2{size, size}, base + Vec2{0.0F, size}};
  return plyo::physics2d::make_polygon(points, 4);
}

// A piece of ground: a square, or an edge that rises by `size`.
struct Ground {
  Polygon polygon;
  Ground(bool is_polygon, const Vec2& base, float size) {
    if (is_polygon) {
      polygon = square_on(base, size);
    } else {
      polygon.count = 2;
      polygon.vertices[0] = base;
      polygon.vertices[1] = base + Vec2{14.0F / 30.0F, size};
    }
  }
  ConvexPoints points() const { return {polygon.vertices, static_cast<int>(polygon.count)}; }
};

// A leg that moves above the ground.
const Polygon kLeg = plyo::physics2d::make_box(4.0F / 30.0F, 17.0F / 30.0F);
constexpr Vec2 kLegCenter{0.01F, -0.02F};

struct Impact {
  bool is_polygon;
  Vec2 base;
  float size;
  Vec2 c0, c;
  float a0, a;
  float distance, time;

  Sweep sweep() const { return {kLegCenter, c0, c, a0, a, 0.0F}; }
};

const Impact kImpacts[] = {
    {true,
     {0x1.522734p+3F, 0x1.2fc6cp+3F},
     0x1.dddddep-1F,
     {0x1.63bad4p+3F, 0x1.346302p+3F},
     {0x1.5d8356p+3F, 0x1.3ea51ap+3F},
     0x1.be4558p+0F,
     0x1.f2a5cp+0F,
     0x0p+0F,
     0x1p+0F},
    {true,
     {0x1.bc4808p+4F, 0x1.fcbaecp+1F},
     0x1.666666p+0F,
     {0x1.c763d6p+4F, 0x1.37b8f4p+2F},
     {0x1.c46a58p+4F, 0x1.4a7d4cp+2F},
     0x1.edd2p-1F,
     0x1.98c11ep-1F,
     0x0p+0F,
     0x1p+0F},
    {false,
     {0x1.643374p+3F, 0x1.5682b4p-2F},
     -0x1.971266p-3F,
     {0x1.710274p+3F, 0x1.66015cp-1F},
     {0x1.7102e2p+3F, 0x1.a038c4p-1F},
     -0x1.edc294p+1F,
     -0x1.029cc8p+2F,
     0x0p+0F,
     0x1p+0F},
    {false,
     {0x1.43d7d4p+6F, 0x1.15b704p+2F},
     0x1.a03b78p-4F,
     {0x1.45de5p+6F, 0x1.245ee2p+2F},
     {0x1.46114cp+6F, 0x1.122322p+2F},
     0x1.84358p-1F,
     0x1.4668b8p-1F,
     0x0p+0F,
     0x1p+0F},
    {false,
     {0x1.dc22b2p+4F, 0x1.6cd44cp+2F},
     -0x1.cb388cp-3F,
     {0x1.dbc01p+4F, 0x1.a4aaccp+2F},
     {0x1.dc8ae8p+4F, 0x1.a72f92p+2F},
     0x1.4d2f18p+0F,
     0x1.239024p+0F,
     0x1.61efb8p-1F,
     0x1p+0F},
    {false,
     {0x1.1ef0c2p+6F, 0x1.44a53cp+0F},
     -0x1.00b836p-2F,
     {0x1.205f18p+6F, 0x1.c5f118p+0F},
     {0x1.1f9d3p+6F, 0x1.fe7d7p+0F},
     -0x1.76516p-2F,
     -0x1.86d398p-1F,
     0x1.b89c2p-5F,
     0x1p+0F},
    {false,
     {0x1.12822ap+3F, 0x1.708f72p+1F},
     0x1.c91548p-4F,
     {0x1.0f6a82p+3F, 0x1.c03e02p+1F},
     {0x1.191064p+3F, 0x1.b3e33cp+1F},
     -0x1.d38b24p+1F,
     -0x1.d21596p+1F,
     0x1.f6abd4p-3F,
     0x1.85082p-1F},
    {false,
     {0x1.68cde2p-1F, 0x1.db458cp-2F},
     0x1.9bc02p-3F,
     {0x1.06c744p-1F, 0x1.ba79a4p-1F},
     {0x1.53f356p-2F, 0x1.3ebacap+0F},
     -0x1.fa2738p-1F,
     -0x1.4c6c2ap+0F,
     0x1.43b17cp-2F,
     0x1p+0F},
    {false,
     {0x1.d23268p+5F, 0x1.064ad4p-2F},
     0x1.4b868p-8F,
     {0x1.d487d8p+5F, 0x1.beab22p-1F},
     {0x1.d2bb72p+5F, 0x1.e075dp-1F},
     -0x1.59a6cp+0F,
     -0x1.38d7p+0F,
     0x1.a8189cp-2F,
     0x1p+0F},
    {false,
     {0x1.1c318cp+6F, 0x1.2e272cp+3F},
     0x1.c78e98p-4F,
     {0x1.1ce488p+6F, 0x1.481ed6p+3F},
     {0x1.1d8e96p+6F, 0x1.4069p+3F},
     -0x1.95e68ap+1F,
     -0x1.8644e6p+1F,
     0x1.292a78p-3F,
     0x1.0776ccp-1F},
    {false,
     {0x1.00e91ap+1F, 0x1.ab04d8p+2F},
     0x1.f2088p-6F,
     {0x1.5587c4p+1F, 0x1.d31b9p+2F},
     {0x1.57e24p+1F, 0x1.c99d02p+2F},
     -0x1.ac03fap+1F,
     -0x1.db6c78p+1F,
     0x1.28cf42p-5F,
     0x1.fd01acp-3F},
    {false,
     {0x1.a35ce4p+3F, 0x1.566162p+2F},
     -0x1.2f7dbp-4F,
     {0x1.ad336ap+3F, 0x1.7b7c54p+2F},
     {0x1.a307eep+3F, 0x1.69941ep+2F},
     0x1.fdc908p+1F,
     0x1.e97a94p+1F,
     0x1.0815a4p-2F,
     0x1.fd1328p-2F},
    {false,
     {0x1.dafa86p+5F, 0x1.278d74p+1F},
     0x1.55081cp-3F,
     {0x1.d97ce4p+5F, 0x1.3e19d4p+1F},
     {0x1.d68378p+5F, 0x1.201c74p+1F},
     -0x1.06b984p+0F,
     -0x1.42f50ep+0F,
     0x1.fb63e2p-4F,
     0x1.ded3bep-1F},
    {true,
     {0x1.22fc08p+5F, 0x1.e226c8p+0F},
     0x1.dddddep-2F,
     {0x1.21695cp+5F, 0x1.13290ap+1F},
     {0x1.2266cp+5F, 0x1.2b46c8p+1F},
     0x1.b0fp-6F,
     -0x1.27d2bep-3F,
     0x1.0f103cp-4F,
     0x1p-1F},
    {false,
     {0x1.1b5f08p+6F, 0x1.cd8b5cp+1F},
     0x1.68c8fp-5F,
     {0x1.1c4666p+6F, 0x1.e9c024p+1F},
     {0x1.1d861cp+6F, 0x1.d1a834p+1F},
     -0x1.646614p+0F,
     -0x1.94a166p+0F,
     0x1.b5485p-5F,
     0x1.186dcp-2F},
    {false,
     {0x1.9d7038p+5F, 0x1.e3f354p+2F},
     -0x1.874f84p-3F,
     {0x1.a00c72p+5F, 0x1.032934p+3F},
     {0x1.a24c26p+5F, 0x1.f3df7p+2F},
     0x1.146eep+1F,
     0x1.18e36p+1F,
     0x1.f3f24cp-4F,
     0x1.28f18cp-2F},
};

PLYO_TEST(shape_queries_find_distances_of_box2d) {
  for (const Impact& impact : kImpacts) {
    const Ground ground(impact.is_polygon, impact.base, impact.size);
    SimplexMemory memory;
    const float found =
        plyo::physics2d::distance(ground.points(), {}, {kLeg.vertices, 4},
                                  impact.sweep().transform_at(0.0F, platform_rotation), memory);
    CHECK(is_same(found, impact.distance));
    CHECK(memory.count >= 1 && memory.count <= 3);
  }
}

PLYO_TEST(shape_queries_find_times_of_impact_of_box2d) {
  for (const Impact& impact : kImpacts) {
    const Ground ground(impact.is_polygon, impact.base, impact.size);
    const float time = plyo::physics2d::time_of_impact<platform_rotation>(
        {ground.points(), kPolygonRadius, {}}, {{kLeg.vertices, 4}, kPolygonRadius, impact.sweep()});
    CHECK(is_same(time, impact.time));
  }
}

PLYO_TEST(shape_queries_touch_where_the_skins_meet) {
  const Ground ground(true, {1.0F, 2.0F}, 1.0F);
  const auto touches_at = [&](float x) {
    return plyo::physics2d::touch(ground.points(), kPolygonRadius, {}, {kLeg.vertices, 4}, kPolygonRadius,
                                  {{x, 2.5F}, {}});
  };
  const float beside = 1.0F - 4.0F / 30.0F;
  CHECK(touches_at(beside + 0.1F));
  CHECK(touches_at(beside - 0.019F));
  CHECK(!touches_at(beside - 0.021F));
}

// Leg and ground at random: the bound never denies an impact, and mostly finds that there is none.
PLYO_TEST(shape_queries_bound_denies_no_impact) {
  plyo::Rng random = plyo::seeded_rng(1);
  const auto uniform = [&](float low, float high) {
    return static_cast<float>(random.uniform(static_cast<double>(low), static_cast<double>(high)));
  };
  int impacts = 0, denied = 0, rest = 0;
  for (int i = 0; i < 20000; ++i) {
    const Vec2 base{uniform(0.0F, 90.0F), uniform(0.0F, 10.0F)};
    const Ground ground(i % 3 == 0, base, i % 3 == 0 ? 14.0F / 30.0F : uniform(-0.3F, 0.3F));
    Sweep sweep{kLegCenter, base + Vec2{uniform(-1.0F, 1.5F), uniform(-0.2F, 1.6F)},
                {},         uniform(-4.0F, 4.0F),
                0.0F,       0.0F};
    const float speed = i % 2 == 0 ? 0.05F : 0.4F;
    sweep.c = sweep.c0 + Vec2{uniform(-speed, speed), uniform(-speed, speed)};
    sweep.a = sweep.a0 + uniform(-speed, speed);
    const bool is_denied = plyo::physics2d::surely_keeps_away(
        ground.points(),
        plyo::physics2d::sweep_corners<own_rotation>({kLeg.vertices, 4}, sweep,
                                                     sweep.transform_at(1.0F, own_rotation)),
        kPolygonRadius + kPolygonRadius);
    const float time = plyo::physics2d::time_of_impact<own_rotation>(
        {ground.points(), kPolygonRadius, {}}, {{kLeg.vertices, 4}, kPolygonRadius, sweep});
    if (time < 1.0F) {
      ++impacts;
      CHECK(!is_denied);
    } else {
      (is_denied ? denied : rest) += 1;
    }
  }
  CHECK(impacts > 500);
  CHECK(denied > rest);
}

struct RayCase {
  bool is_polygon;
  Vec2 base;
  float size;
  Vec2 start, end;
  float fraction;
};

const RayCase kRays[] = {
    {false,
     {0x1.6f3aep+5F, 0x1.0eb4d4p+0F},
     -0x1.91017p-5F,
     {0x1.5ba2e2p+5F, 0x1.5f4aecp+0F},
     {0x1.7f9724p+5F, -0x1.46ad24p+0F},
     0x1p+0F},
    {false,
     {0x1.03322ap+4F, 0x1.7bf93p+0F},
     0x1.0ee594p-2F,
     {0x1.088648p+4F, 0x1.08cd44p+2F},
     {0x1.4348a8p+4F, 0x1.5b8b2p-2F},
     0x1p+0F},
    {true,
     {0x1.fcfec4p+5F, 0x1.a48548p+0F},
     0x1.dddddep-2F,
     {0x1.e5983p+5F, 0x1.eda98ep+1F},
     {0x1.06076ap+6F, 0x1.2538aep+1F},
     0x1p+0F},
    {false,
     {0x1.726eaap+5F, 0x1.540e5p+2F},
     0x1.7d35ep-3F,
     {0x1.706fc4p+5F, 0x1.cd7abep+2F},
     {0x1.75ca1p+5F, 0x1.5c465p+1F},
     0x1.addbeep-2F},
    {false,
     {0x1.c9da88p+2F, 0x1.4e0daap+2F},
     -0x1.086918p-3F,
     {0x1.3006e4p+2F, 0x1.fbd338p+2F},
     {0x1.007ddp+3F, 0x1.19f0dep+2F},
     0x1.8fb68ep-1F},
    {true,
     {0x1.64c4dap+5F, 0x1.d3c1d4p+2F},
     0x1.dddddep-2F,
     {0x1.5f087ap+5F, 0x1.0a965p+3F},
     {0x1.750262p+5F, 0x1.9c630ep+2F},
     0x1.2d6302p-2F},
    {true,
     {0x1.55efeep+6F, 0x1.07fce4p+2F},
     0x1.dddddep-2F,
     {0x1.560ecp+6F, 0x1.5ec7d8p+2F},
     {0x1.5807dap+6F, 0x1.3ab024p+1F},
     0x1.2d59e4p-2F},
    {true,
     {0x1.2c5cc6p+6F, 0x1.9cb2bp-1F},
     0x1.dddddep-2F,
     {0x1.2b7f6ep+6F, 0x1.1aa746p+1F},
     {0x1.34494p+6F, -0x1.4fc652p+1F},
     0x1.8c8d54p-3F},
    {false,
     {0x1.e3500cp+5F, 0x1.0c92d4p+3F},
     0x1.e54c38p-4F,
     {0x1.dd602cp+5F, 0x1.335d7cp+3F},
     {0x1.f8fba4p+5F, 0x1.56a3d2p+2F},
     0x1.17b7dcp-2F},
    {false,
     {0x1.604bc6p+3F, 0x1.1a0a2p+3F},
     0x1.ea82fp-3F,
     {0x1.62d262p+3F, 0x1.1fc84p+3F},
     {0x1.9f0506p+3F, 0x1.40be08p+2F},
     0x1.cc2d3cp-6F},
    {true,
     {0x1.58aa8ap+4F, 0x1.6b2abp+1F},
     0x1.dddddep-2F,
     {0x1.4ae0dap+4F, 0x1.01975cp+2F},
     {0x1.819748p+4F, -0x1.38ae8p-4F},
     0x1.020d8cp-2F},
};

PLYO_TEST(shape_queries_cast_rays_as_box2d) {
  for (const RayCase& ray : kRays) {
    const Ground ground(ray.is_polygon, ray.base, ray.size);
    const Edge edge{ground.polygon.vertices[0], ground.polygon.vertices[1]};
    const auto cast = [&](float limit) {
      return ray.is_polygon ? plyo::physics2d::ray_polygon({ray.start, ray.end}, ground.polygon, limit)
                            : plyo::physics2d::ray_edge({ray.start, ray.end}, edge, limit);
    };
    CHECK_EQ(cast(1.0F), ray.fraction);
    if (ray.fraction < 1.0F) CHECK_EQ(cast(0.5F * ray.fraction), 0.5F * ray.fraction);
  }
}

struct Meeting {
  Vec2 base, place;
  float angle;
  Manifold::Type type;
  int count;
  Vec2 normal, point;
  struct {
    Vec2 local;
    Feature id;
  } points[2];
};

const Meeting kMeetings[] = {
    {{0x1.83b90ap+4F, 0x1.0298cep+3F},
     {0x1.7f209cp+4F, 0x1.026b6cp+3F},
     -0x1.cf998p-2F,
     Manifold::kFaceA,
     1,
     {-0x1p+0F, -0x0p+0F},
     {0x1.83b90ap+4F, 0x1.0a1044p+3F},
     {{{0x1.111106p-3F, 0x1.222218p-1F}, {2, 2, Feature::kFace, Feature::kVertex}}, {}}},
    {{0x1.3c2238p+6F, 0x1.a1721p+2F},
     {0x1.3da4cap+6F, 0x1.7e4a38p+2F},
     0x1.85c70cp+1F,
     Manifold::kFaceA,
     2,
     {0x0p+0F, -0x1.fffffep-1F},
     {0x1.3d1128p+6F, 0x1.a1721p+2F},
     {{{0x1.11112cp-3F, -0x1.22221cp-1F}, {3, 1, Feature::kFace, Feature::kVertex}},
      {{-0x1.c13592p-5F, -0x1.22221ep-1F}, {0, 0, Feature::kVertex, Feature::kFace}}}},
    {{0x1.122b48p+6F, 0x1.1978cp+2F},
     {0x1.10c3e4p+6F, 0x1.29407p+2F},
     -0x1.c240a8p+0F,
     Manifold::kFaceA,
     2,
     {-0x1p+0F, -0x0p+0F},
     {0x1.122b48p+6F, 0x1.2867bp+2F},
     {{{0x1.111118p-3F, 0x1.222204p-1F}, {2, 2, Feature::kFace, Feature::kVertex}},
      {{-0x1.11114cp-3F, 0x1.22227ap-1F}, {2, 3, Feature::kFace, Feature::kVertex}}}},
    {{0x1.1827b4p+5F, 0x1.2076ecp+2F},
     {0x1.181b64p+5F, 0x1.fa3a0ap+1F},
     -0x1.9a588p-3F,
     Manifold::kFaceB,
     1,
     {0x0p+0F, 0x1p+0F},
     {0x0p+0F, 0x1.222222p-1F},
     {{{0x1.1827b4p+5F, 0x1.2076ecp+2F}, {3, 2, Feature::kVertex, Feature::kFace}}, {}}},
    {{0x1.5d838ap+3F, 0x1.25b4fcp+3F},
     {0x1.5b244ap+3F, 0x1.444234p+3F},
     0x1.c0d69cp+1F,
     Manifold::kFaceB,
     2,
     {0x0p+0F, 0x1p+0F},
     {0x0p+0F, 0x1.222222p-1F},
     {{{0x1.5d838ap+3F, 0x1.34a3eap+3F}, {2, 2, Feature::kVertex, Feature::kFace}},
      {{0x1.665c98p+3F, 0x1.34a3eap+3F}, {1, 3, Feature::kFace, Feature::kVertex}}}},
    {{0x1.0f575cp+6F, 0x1.152614p+3F},
     {0x1.0f6c7p+6F, 0x1.1f96cap+3F},
     0x1.da423p+1F,
     Manifold::kFaceB,
     2,
     {-0x1p+0F, -0x0p+0F},
     {-0x1.111112p-3F, 0x0p+0F},
     {{{0x1.0f575cp+6F, 0x1.241502p+3F}, {2, 3, Feature::kVertex, Feature::kFace}},
      {{0x1.0f575cp+6F, 0x1.152614p+3F}, {3, 3, Feature::kVertex, Feature::kFace}}}},
    {{0x1.16a444p+6F, 0x1.1cf2b4p+2F},
     {0x1.17000cp+6F, 0x1.1ff04ap+2F},
     0x1.2931dp+1F,
     Manifold::kFaceB,
     2,
     {0x1p+0F, -0x0p+0F},
     {0x1.111112p-3F, 0x0p+0F},
     {{{0x1.16a444p+6F, 0x1.1cf2b4p+2F}, {3, 1, Feature::kVertex, Feature::kFace}},
      {{0x1.188222p+6F, 0x1.1cf2b4p+2F}, {0, 1, Feature::kVertex, Feature::kFace}}}},
    {{0x1.8188p+3F, 0x1.438cd2p+0F},
     {0x1.9f6c64p+3F, 0x1.4b6cd4p+0F},
     0x1.46b26p+0F,
     Manifold::kFaceA,
     2,
     {0x1p+0F, -0x0p+0F},
     {0x1.9076eep+3F, 0x1.7f488ep+0F},
     {{{0x1.111114p-3F, 0x1.222222p-1F}, {0, 2, Feature::kFace, Feature::kVertex}},
      {{-0x1.11111ap-3F, 0x1.22222cp-1F}, {0, 3, Feature::kFace, Feature::kVertex}}}},
    {{0x1.651e1cp+3F, 0x1.8c80ccp+2F},
     {0x1.637896p+3F, 0x1.b2ec78p+2F},
     0x1.74c73cp+1F,
     Manifold::kFaceB,
     1,
     {-0x1p+0F, -0x0p+0F},
     {-0x1.111112p-3F, 0x0p+0F},
     {{{0x1.651e1cp+3F, 0x1.aa5eaap+2F}, {2, 3, Feature::kVertex, Feature::kFace}}, {}}},
    {{0x1.a282fap+2F, 0x1.3dc2b8p+1F},
     {0x1.ccff6ap+2F, 0x1.3ec11ap+1F},
     0x1.a74ap-4F,
     Manifold::kFaceB,
     1,
     {-0x1p+0F, -0x0p+0F},
     {-0x1.111112p-3F, 0x0p+0F},
     {{{0x1.c060d8p+2F, 0x1.797e74p+1F}, {1, 3, Feature::kVertex, Feature::kFace}}, {}}},
};

PLYO_TEST(shape_queries_collide_polygons_as_box2d) {
  for (const Meeting& meeting : kMeetings) {
    Manifold manifold;
    plyo::physics2d::collide_polygons(square_on(meeting.base, 14.0F / 30.0F), {}, kLeg,
                                      {meeting.place, platform_rotation(meeting.angle)}, manifold);
    CHECK_EQ(int{manifold.count}, meeting.count);
    CHECK(manifold.type == meeting.type);
    CHECK(is_same(manifold.local_normal, meeting.normal));
    CHECK(is_same(manifold.local_point, meeting.point));
    for (int i = 0; i < meeting.count; ++i) {
      CHECK(is_same(manifold.points[i].local, meeting.points[i].local));
      CHECK(manifold.points[i].id == meeting.points[i].id);
    }
  }
}

PLYO_TEST(shape_queries_polygons_apart_have_no_points) {
  Manifold manifold;
  manifold.count = 2;
  plyo::physics2d::collide_polygons(square_on({}, 1.0F), {}, kLeg, {{3.0F, 0.0F}, {}}, manifold);
  CHECK_EQ(int{manifold.count}, 0);
}

}  // namespace
