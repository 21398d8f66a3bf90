//! What `pg_type` of PostgreSQL 18 says of how types are read and written: functions that nobody calls here, but that tools
//! tell types apart by.

use crate::postgresql::storage::Oid;

/// The functions of a type, and how it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Io {
    /// The type.
    pub(super) ty: Oid,
    pub(super) input: Oid,
    pub(super) output: Oid,
    pub(super) receive: Oid,
    pub(super) send: Oid,
    pub(super) modifier_in: Oid,
    pub(super) modifier_out: Oid,
    pub(super) subscript: Oid,
    pub(super) analyze: Oid,
    pub(super) storage: char,
    pub(super) collation: Oid,
}

/// Those of arrays.
pub(super) const ARRAY: Io = row(0, [750, 751, 2400, 2401, 0, 0, 6179, 3816], 'x', 0);
/// Those of rows.
pub(super) const RECORD: Io = row(0, [2290, 2291, 2402, 2403, 0, 0, 0, 0], 'x', 0);
/// Those of enums.
pub(super) const ENUM: Io = row(0, [3506, 3507, 3532, 3533, 0, 0, 0, 0], 'p', 0);

const fn row(ty: Oid, functions: [Oid; 8], storage: char, collation: Oid) -> Io {
    let [input, output, receive, send, modifier_in, modifier_out, subscript, analyze] = functions;
    Io { ty, input, output, receive, send, modifier_in, modifier_out, subscript, analyze, storage, collation }
}

/// The functions of a built-in type that is no array.
pub(super) fn of(ty: Oid) -> Option<Io> {
    TYPES.iter().find(|row| row.ty == ty).copied()
}

/// The types, by number.
#[rustfmt::skip]
const TYPES: &[Io] = &[
    row(16, [1242, 1243, 2436, 2437, 0, 0, 0, 0], 'p', 0), // bool
    row(17, [1244, 31, 2412, 2413, 0, 0, 0, 0], 'x', 0), // bytea
    row(18, [1245, 33, 2434, 2435, 0, 0, 0, 0], 'p', 0), // char
    row(19, [34, 35, 2422, 2423, 0, 0, 6180, 0], 'p', 950), // name
    row(20, [460, 461, 2408, 2409, 0, 0, 0, 0], 'p', 0), // int8
    row(21, [38, 39, 2404, 2405, 0, 0, 0, 0], 'p', 0), // int2
    row(22, [40, 41, 2410, 2411, 0, 0, 6179, 0], 'p', 0), // int2vector
    row(23, [42, 43, 2406, 2407, 0, 0, 0, 0], 'p', 0), // int4
    row(24, [44, 45, 2444, 2445, 0, 0, 0, 0], 'p', 0), // regproc
    row(25, [46, 47, 2414, 2415, 0, 0, 0, 0], 'x', 100), // text
    row(26, [1798, 1799, 2418, 2419, 0, 0, 0, 0], 'p', 0), // oid
    row(27, [48, 49, 2438, 2439, 0, 0, 0, 0], 'p', 0), // tid
    row(28, [50, 51, 2440, 2441, 0, 0, 0, 0], 'p', 0), // xid
    row(29, [52, 53, 2442, 2443, 0, 0, 0, 0], 'p', 0), // cid
    row(30, [54, 55, 2420, 2421, 0, 0, 6179, 0], 'p', 0), // oidvector
    row(32, [86, 87, 88, 90, 0, 0, 0, 0], 'p', 0), // pg_ddl_command
    row(114, [321, 322, 323, 324, 0, 0, 0, 0], 'x', 0), // json
    row(142, [2893, 2894, 2898, 2899, 0, 0, 0, 0], 'x', 0), // xml
    row(194, [195, 196, 197, 198, 0, 0, 0, 0], 'x', 100), // pg_node_tree
    row(269, [267, 268, 0, 0, 0, 0, 0, 0], 'p', 0), // table_am_handler
    row(325, [326, 327, 0, 0, 0, 0, 0, 0], 'p', 0), // index_am_handler
    row(600, [117, 118, 2428, 2429, 0, 0, 6180, 0], 'p', 0), // point
    row(601, [119, 120, 2480, 2481, 0, 0, 6180, 0], 'p', 0), // lseg
    row(602, [121, 122, 2482, 2483, 0, 0, 0, 0], 'x', 0), // path
    row(603, [123, 124, 2484, 2485, 0, 0, 6180, 0], 'p', 0), // box
    row(604, [347, 348, 2486, 2487, 0, 0, 0, 0], 'x', 0), // polygon
    row(628, [1490, 1491, 2488, 2489, 0, 0, 6180, 0], 'p', 0), // line
    row(650, [1267, 1427, 2498, 2499, 0, 0, 0, 0], 'm', 0), // cidr
    row(700, [200, 201, 2424, 2425, 0, 0, 0, 0], 'p', 0), // float4
    row(701, [214, 215, 2426, 2427, 0, 0, 0, 0], 'p', 0), // float8
    row(705, [109, 110, 2416, 2417, 0, 0, 0, 0], 'p', 0), // unknown
    row(718, [1450, 1451, 2490, 2491, 0, 0, 0, 0], 'p', 0), // circle
    row(774, [4110, 4111, 3446, 3447, 0, 0, 0, 0], 'p', 0), // macaddr8
    row(790, [886, 887, 2492, 2493, 0, 0, 0, 0], 'p', 0), // money
    row(829, [436, 437, 2494, 2495, 0, 0, 0, 0], 'p', 0), // macaddr
    row(869, [910, 911, 2496, 2497, 0, 0, 0, 0], 'm', 0), // inet
    row(1033, [1031, 1032, 0, 0, 0, 0, 0, 0], 'p', 0), // aclitem
    row(1042, [1044, 1045, 2430, 2431, 2913, 2914, 0, 0], 'x', 100), // bpchar
    row(1043, [1046, 1047, 2432, 2433, 2915, 2916, 0, 0], 'x', 100), // varchar
    row(1082, [1084, 1085, 2468, 2469, 0, 0, 0, 0], 'p', 0), // date
    row(1083, [1143, 1144, 2470, 2471, 2909, 2910, 0, 0], 'p', 0), // time
    row(1114, [1312, 1313, 2474, 2475, 2905, 2906, 0, 0], 'p', 0), // timestamp
    row(1184, [1150, 1151, 2476, 2477, 2907, 2908, 0, 0], 'p', 0), // timestamptz
    row(1186, [1160, 1161, 2478, 2479, 2903, 2904, 0, 0], 'p', 0), // interval
    row(1266, [1350, 1351, 2472, 2473, 2911, 2912, 0, 0], 'p', 0), // timetz
    row(1560, [1564, 1565, 2456, 2457, 2919, 2920, 0, 0], 'x', 0), // bit
    row(1562, [1579, 1580, 2458, 2459, 2902, 2921, 0, 0], 'x', 0), // varbit
    row(1700, [1701, 1702, 2460, 2461, 2917, 2918, 0, 0], 'm', 0), // numeric
    row(1790, [46, 47, 2414, 2415, 0, 0, 0, 0], 'x', 0), // refcursor
    row(2202, [2212, 2213, 2446, 2447, 0, 0, 0, 0], 'p', 0), // regprocedure
    row(2203, [2214, 2215, 2448, 2449, 0, 0, 0, 0], 'p', 0), // regoper
    row(2204, [2216, 2217, 2450, 2451, 0, 0, 0, 0], 'p', 0), // regoperator
    row(2205, [2218, 2219, 2452, 2453, 0, 0, 0, 0], 'p', 0), // regclass
    row(2206, [2220, 2221, 2454, 2455, 0, 0, 0, 0], 'p', 0), // regtype
    row(2249, [2290, 2291, 2402, 2403, 0, 0, 0, 0], 'x', 0), // record
    row(2275, [2292, 2293, 2500, 2501, 0, 0, 0, 0], 'p', 0), // cstring
    row(2276, [2294, 2295, 0, 0, 0, 0, 0, 0], 'p', 0), // any
    row(2277, [2296, 2297, 2502, 2503, 0, 0, 0, 0], 'x', 0), // anyarray
    row(2278, [2298, 2299, 3120, 3121, 0, 0, 0, 0], 'p', 0), // void
    row(2279, [2300, 2301, 0, 0, 0, 0, 0, 0], 'p', 0), // trigger
    row(2280, [2302, 2303, 0, 0, 0, 0, 0, 0], 'p', 0), // language_handler
    row(2281, [2304, 2305, 0, 0, 0, 0, 0, 0], 'p', 0), // internal
    row(2283, [2312, 2313, 0, 0, 0, 0, 0, 0], 'p', 0), // anyelement
    row(2776, [2777, 2778, 0, 0, 0, 0, 0, 0], 'p', 0), // anynonarray
    row(2950, [2952, 2953, 2961, 2962, 0, 0, 0, 0], 'p', 0), // uuid
    row(2970, [2939, 2940, 2941, 2942, 0, 0, 0, 0], 'x', 0), // txid_snapshot
    row(3115, [3116, 3117, 0, 0, 0, 0, 0, 0], 'p', 0), // fdw_handler
    row(3220, [3229, 3230, 3238, 3239, 0, 0, 0, 0], 'p', 0), // pg_lsn
    row(3310, [3311, 3312, 0, 0, 0, 0, 0, 0], 'p', 0), // tsm_handler
    row(3361, [3355, 3356, 3357, 3358, 0, 0, 0, 0], 'x', 100), // pg_ndistinct
    row(3402, [3404, 3405, 3406, 3407, 0, 0, 0, 0], 'x', 100), // pg_dependencies
    row(3500, [3504, 3505, 0, 0, 0, 0, 0, 0], 'p', 0), // anyenum
    row(3614, [3610, 3611, 3639, 3638, 0, 0, 0, 3688], 'x', 0), // tsvector
    row(3615, [3612, 3613, 3641, 3640, 0, 0, 0, 0], 'p', 0), // tsquery
    row(3642, [3646, 3647, 0, 0, 0, 0, 0, 0], 'p', 0), // gtsvector
    row(3734, [3736, 3737, 3738, 3739, 0, 0, 0, 0], 'p', 0), // regconfig
    row(3769, [3771, 3772, 3773, 3774, 0, 0, 0, 0], 'p', 0), // regdictionary
    row(3802, [3806, 3804, 3805, 3803, 0, 0, 6098, 0], 'x', 0), // jsonb
    row(3831, [3832, 3833, 0, 0, 0, 0, 0, 0], 'x', 0), // anyrange
    row(3838, [3594, 3595, 0, 0, 0, 0, 0, 0], 'p', 0), // event_trigger
    row(3904, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // int4range
    row(3906, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // numrange
    row(3908, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // tsrange
    row(3910, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // tstzrange
    row(3912, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // daterange
    row(3926, [3834, 3835, 3836, 3837, 0, 0, 0, 3916], 'x', 0), // int8range
    row(4072, [4001, 4003, 4002, 4004, 0, 0, 0, 0], 'x', 0), // jsonpath
    row(4089, [4084, 4085, 4087, 4088, 0, 0, 0, 0], 'p', 0), // regnamespace
    row(4096, [4098, 4092, 4094, 4095, 0, 0, 0, 0], 'p', 0), // regrole
    row(4191, [4193, 4194, 4196, 4197, 0, 0, 0, 0], 'p', 0), // regcollation
    row(4451, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // int4multirange
    row(4532, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // nummultirange
    row(4533, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // tsmultirange
    row(4534, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // tstzmultirange
    row(4535, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // datemultirange
    row(4536, [4231, 4232, 4233, 4234, 0, 0, 0, 4242], 'x', 0), // int8multirange
    row(4537, [4229, 4230, 0, 0, 0, 0, 0, 0], 'x', 0), // anymultirange
    row(4538, [4226, 4227, 0, 0, 0, 0, 0, 0], 'x', 0), // anycompatiblemultirange
    row(4600, [4596, 4597, 4598, 4599, 0, 0, 0, 0], 'x', 100), // pg_brin_bloom_summary
    row(4601, [4638, 4639, 4640, 4641, 0, 0, 0, 0], 'x', 100), // pg_brin_minmax_multi_summary
    row(5017, [5018, 5019, 5020, 5021, 0, 0, 0, 0], 'x', 100), // pg_mcv_list
    row(5038, [5055, 5056, 5057, 5058, 0, 0, 0, 0], 'x', 0), // pg_snapshot
    row(5069, [5070, 5081, 5082, 5083, 0, 0, 0, 0], 'p', 0), // xid8
    row(5077, [5086, 5087, 0, 0, 0, 0, 0, 0], 'p', 0), // anycompatible
    row(5078, [5088, 5089, 5090, 5091, 0, 0, 0, 0], 'x', 0), // anycompatiblearray
    row(5079, [5092, 5093, 0, 0, 0, 0, 0, 0], 'p', 0), // anycompatiblenonarray
    row(5080, [5094, 5095, 0, 0, 0, 0, 0, 0], 'x', 0), // anycompatiblerange
];
