//! The columns of the system tables, as PostgreSQL 18 has them: name, type, and `!` where NOT NULL.

/// `pg_am`
pub(super) const PG_AM: &str = "oid oid!, amname name!, amhandler regproc!, amtype char!";

/// `pg_attrdef`
pub(super) const PG_ATTRDEF: &str = "oid oid!, adrelid oid!, adnum int2!, adbin pg_node_tree!";

/// `pg_attribute`
pub(super) const PG_ATTRIBUTE: &str = "attrelid oid!, attname name!, atttypid oid!, attlen int2!, attnum int2!, atttypmod int4!, \
     attndims int2!, attbyval bool!, attalign char!, attstorage char!, attcompression char!, \
     attnotnull bool!, atthasdef bool!, atthasmissing bool!, attidentity char!, attgenerated char!, \
     attisdropped bool!, attislocal bool!, attinhcount int2!, attcollation oid!, attstattarget int2, \
     attacl _aclitem, attoptions _text, attfdwoptions _text, attmissingval anyarray";

/// `pg_auth_members`
pub(super) const PG_AUTH_MEMBERS: &str = "oid oid!, roleid oid!, member oid!, grantor oid!, admin_option bool!, inherit_option bool!, \
     set_option bool!";

/// `pg_authid`
pub(super) const PG_AUTHID: &str = "oid oid!, rolname name!, rolsuper bool!, rolinherit bool!, rolcreaterole bool!, rolcreatedb bool!, \
     rolcanlogin bool!, rolreplication bool!, rolbypassrls bool!, rolconnlimit int4!, rolpassword text, \
     rolvaliduntil timestamptz";

/// `pg_cast`
pub(super) const PG_CAST: &str =
    "oid oid!, castsource oid!, casttarget oid!, castfunc oid!, castcontext char!, castmethod char!";

/// `pg_class`
pub(super) const PG_CLASS: &str = "oid oid!, relname name!, relnamespace oid!, reltype oid!, reloftype oid!, relowner oid!, relam oid!, \
     relfilenode oid!, reltablespace oid!, relpages int4!, reltuples float4!, relallvisible int4!, \
     relallfrozen int4!, reltoastrelid oid!, relhasindex bool!, relisshared bool!, relpersistence char!, \
     relkind char!, relnatts int2!, relchecks int2!, relhasrules bool!, relhastriggers bool!, \
     relhassubclass bool!, relrowsecurity bool!, relforcerowsecurity bool!, relispopulated bool!, \
     relreplident char!, relispartition bool!, relrewrite oid!, relfrozenxid xid!, relminmxid xid!, \
     relacl _aclitem, reloptions _text, relpartbound pg_node_tree";

/// `pg_collation`
pub(super) const PG_COLLATION: &str = "oid oid!, collname name!, collnamespace oid!, collowner oid!, collprovider char!, \
     collisdeterministic bool!, collencoding int4!, collcollate text, collctype text, colllocale text, \
     collicurules text, collversion text";

/// `pg_constraint`
pub(super) const PG_CONSTRAINT: &str = "oid oid!, conname name!, connamespace oid!, contype char!, condeferrable bool!, condeferred bool!, \
     conenforced bool!, convalidated bool!, conrelid oid!, contypid oid!, conindid oid!, conparentid oid!, \
     confrelid oid!, confupdtype char!, confdeltype char!, confmatchtype char!, conislocal bool!, \
     coninhcount int2!, connoinherit bool!, conperiod bool!, conkey _int2, confkey _int2, conpfeqop _oid, \
     conppeqop _oid, conffeqop _oid, confdelsetcols _int2, conexclop _oid, conbin pg_node_tree";

/// `pg_cursors`
pub(super) const PG_CURSORS: &str = "name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, \
     creation_time timestamptz";

/// `pg_database`
pub(super) const PG_DATABASE: &str = "oid oid!, datname name!, datdba oid!, encoding int4!, datlocprovider char!, datistemplate bool!, \
     datallowconn bool!, dathasloginevt bool!, datconnlimit int4!, datfrozenxid xid!, datminmxid xid!, \
     dattablespace oid!, datcollate text!, datctype text!, datlocale text, daticurules text, \
     datcollversion text, datacl _aclitem";

/// `pg_db_role_setting`
pub(super) const PG_DB_ROLE_SETTING: &str = "setdatabase oid!, setrole oid!, setconfig _text";

/// `pg_depend`
pub(super) const PG_DEPEND: &str = "classid oid!, objid oid!, objsubid int4!, refclassid oid!, refobjid oid!, refobjsubid int4!, \
     deptype char!";

/// `pg_description`
pub(super) const PG_DESCRIPTION: &str = "objoid oid!, classoid oid!, objsubid int4!, description text!";

/// `pg_enum`
pub(super) const PG_ENUM: &str = "oid oid!, enumtypid oid!, enumsortorder float4!, enumlabel name!";

/// `pg_event_trigger`
pub(super) const PG_EVENT_TRIGGER: &str =
    "oid oid!, evtname name!, evtevent name!, evtowner oid!, evtfoid oid!, evtenabled char!, evttags _text";

/// `pg_extension`
pub(super) const PG_EXTENSION: &str = "oid oid!, extname name!, extowner oid!, extnamespace oid!, extrelocatable bool!, extversion text!, \
     extconfig _oid, extcondition _text";

/// `pg_foreign_server`
pub(super) const PG_FOREIGN_SERVER: &str = "oid oid!, srvname name!, srvowner oid!, srvfdw oid!, srvtype text, srvversion text, srvacl _aclitem, \
     srvoptions _text";

/// `pg_foreign_table`
pub(super) const PG_FOREIGN_TABLE: &str = "ftrelid oid!, ftserver oid!, ftoptions _text";

/// `pg_index`
pub(super) const PG_INDEX: &str = "indexrelid oid!, indrelid oid!, indnatts int2!, indnkeyatts int2!, indisunique bool!, \
     indnullsnotdistinct bool!, indisprimary bool!, indisexclusion bool!, indimmediate bool!, \
     indisclustered bool!, indisvalid bool!, indcheckxmin bool!, indisready bool!, indislive bool!, \
     indisreplident bool!, indkey int2vector!, indcollation oidvector!, indclass oidvector!, \
     indoption int2vector!, indexprs pg_node_tree, indpred pg_node_tree";

/// `pg_indexes`
pub(super) const PG_INDEXES: &str =
    "schemaname name, tablename name, indexname name, tablespace name, indexdef text";

/// `pg_inherits`
pub(super) const PG_INHERITS: &str = "inhrelid oid!, inhparent oid!, inhseqno int4!, inhdetachpending bool!";

/// `pg_language`
pub(super) const PG_LANGUAGE: &str = "oid oid!, lanname name!, lanowner oid!, lanispl bool!, lanpltrusted bool!, lanplcallfoid oid!, \
     laninline oid!, lanvalidator oid!, lanacl _aclitem";

/// `pg_locks`
pub(super) const PG_LOCKS: &str = "locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, \
     classid oid, objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, \
     fastpath bool, waitstart timestamptz";

/// `pg_matviews`
pub(super) const PG_MATVIEWS: &str = "schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool, \
     ispopulated bool, definition text";

/// `pg_namespace`
pub(super) const PG_NAMESPACE: &str = "oid oid!, nspname name!, nspowner oid!, nspacl _aclitem";

/// `pg_opclass`
pub(super) const PG_OPCLASS: &str = "oid oid!, opcmethod oid!, opcname name!, opcnamespace oid!, opcowner oid!, opcfamily oid!, \
     opcintype oid!, opcdefault bool!, opckeytype oid!";

/// `pg_operator`
pub(super) const PG_OPERATOR: &str = "oid oid!, oprname name!, oprnamespace oid!, oprowner oid!, oprkind char!, oprcanmerge bool!, \
     oprcanhash bool!, oprleft oid!, oprright oid!, oprresult oid!, oprcom oid!, oprnegate oid!, \
     oprcode regproc!, oprrest regproc!, oprjoin regproc!";

/// `pg_partitioned_table`
pub(super) const PG_PARTITIONED_TABLE: &str = "partrelid oid!, partstrat char!, partnatts int2!, partdefid oid!, partattrs int2vector!, \
     partclass oidvector!, partcollation oidvector!, partexprs pg_node_tree";

/// `pg_policy`
pub(super) const PG_POLICY: &str = "oid oid!, polname name!, polrelid oid!, polcmd char!, polpermissive bool!, polroles _oid!, \
     polqual pg_node_tree, polwithcheck pg_node_tree";

/// `pg_prepared_statements`
pub(super) const PG_PREPARED_STATEMENTS: &str = "name text, statement text, prepare_time timestamptz, parameter_types _regtype, result_types _regtype, \
     from_sql bool, generic_plans int8, custom_plans int8";

/// `pg_proc`
pub(super) const PG_PROC: &str = "oid oid!, proname name!, pronamespace oid!, proowner oid!, prolang oid!, procost float4!, \
     prorows float4!, provariadic oid!, prosupport regproc!, prokind char!, prosecdef bool!, \
     proleakproof bool!, proisstrict bool!, proretset bool!, provolatile char!, proparallel char!, \
     pronargs int2!, pronargdefaults int2!, prorettype oid!, proargtypes oidvector!, proallargtypes _oid, \
     proargmodes _char, proargnames _text, proargdefaults pg_node_tree, protrftypes _oid, prosrc text!, \
     probin text, prosqlbody pg_node_tree, proconfig _text, proacl _aclitem";

/// `pg_publication`
pub(super) const PG_PUBLICATION: &str = "oid oid!, pubname name!, pubowner oid!, puballtables bool!, pubinsert bool!, pubupdate bool!, \
     pubdelete bool!, pubtruncate bool!, pubviaroot bool!, pubgencols char!";

/// `pg_publication_namespace`
pub(super) const PG_PUBLICATION_NAMESPACE: &str = "oid oid!, pnpubid oid!, pnnspid oid!";

/// `pg_publication_rel`
pub(super) const PG_PUBLICATION_REL: &str =
    "oid oid!, prpubid oid!, prrelid oid!, prqual pg_node_tree, prattrs int2vector";

/// `pg_range`
pub(super) const PG_RANGE: &str = "rngtypid oid!, rngsubtype oid!, rngmultitypid oid!, rngcollation oid!, rngsubopc oid!, \
     rngcanonical regproc!, rngsubdiff regproc!";

/// `pg_rewrite`
pub(super) const PG_REWRITE: &str = "oid oid!, rulename name!, ev_class oid!, ev_type char!, ev_enabled char!, is_instead bool!, \
     ev_qual pg_node_tree!, ev_action pg_node_tree!";

/// `pg_roles`
pub(super) const PG_ROLES: &str = "rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, \
     rolreplication bool, rolconnlimit int4, rolpassword text, rolvaliduntil timestamptz, rolbypassrls bool, \
     rolconfig _text, oid oid";

/// `pg_sequence`
pub(super) const PG_SEQUENCE: &str = "seqrelid oid!, seqtypid oid!, seqstart int8!, seqincrement int8!, seqmax int8!, seqmin int8!, \
     seqcache int8!, seqcycle bool!";

/// `pg_settings`
pub(super) const PG_SETTINGS: &str = "name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, \
     vartype text, source text, min_val text, max_val text, enumvals _text, boot_val text, reset_val text, \
     sourcefile text, sourceline int4, pending_restart bool";

/// `pg_shdescription`
pub(super) const PG_SHDESCRIPTION: &str = "objoid oid!, classoid oid!, description text!";

/// `pg_stat_activity`
pub(super) const PG_STAT_ACTIVITY: &str = "datid oid, datname name, pid int4, leader_pid int4, usesysid oid, usename name, application_name text, \
     client_addr inet, client_hostname text, client_port int4, backend_start timestamptz, \
     xact_start timestamptz, query_start timestamptz, state_change timestamptz, wait_event_type text, \
     wait_event text, state text, backend_xid xid, backend_xmin xid, query_id int8, query text, \
     backend_type text";

/// `pg_stat_ssl`
pub(super) const PG_STAT_SSL: &str = "pid int4, ssl bool, version text, cipher text, bits int4, client_dn text, client_serial numeric, \
     issuer_dn text";

/// `pg_statistic_ext`
pub(super) const PG_STATISTIC_EXT: &str = "oid oid!, stxrelid oid!, stxname name!, stxnamespace oid!, stxowner oid!, stxkeys int2vector!, \
     stxstattarget int2, stxkind _char!, stxexprs pg_node_tree";

/// `pg_tables`
pub(super) const PG_TABLES: &str = "schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, \
     hastriggers bool, rowsecurity bool";

/// `pg_tablespace`
pub(super) const PG_TABLESPACE: &str =
    "oid oid!, spcname name!, spcowner oid!, spcacl _aclitem, spcoptions _text";

/// `pg_trigger`
pub(super) const PG_TRIGGER: &str = "oid oid!, tgrelid oid!, tgparentid oid!, tgname name!, tgfoid oid!, tgtype int2!, tgenabled char!, \
     tgisinternal bool!, tgconstrrelid oid!, tgconstrindid oid!, tgconstraint oid!, tgdeferrable bool!, \
     tginitdeferred bool!, tgnargs int2!, tgattr int2vector!, tgargs bytea!, tgqual pg_node_tree, \
     tgoldtable name, tgnewtable name";

/// `pg_type`
pub(super) const PG_TYPE: &str = "oid oid!, typname name!, typnamespace oid!, typowner oid!, typlen int2!, typbyval bool!, typtype char!, \
     typcategory char!, typispreferred bool!, typisdefined bool!, typdelim char!, typrelid oid!, \
     typsubscript regproc!, typelem oid!, typarray oid!, typinput regproc!, typoutput regproc!, \
     typreceive regproc!, typsend regproc!, typmodin regproc!, typmodout regproc!, typanalyze regproc!, \
     typalign char!, typstorage char!, typnotnull bool!, typbasetype oid!, typtypmod int4!, typndims int4!, \
     typcollation oid!, typdefaultbin pg_node_tree, typdefault text, typacl _aclitem";

/// `pg_user`
pub(super) const PG_USER: &str = "usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, \
     passwd text, valuntil timestamptz, useconfig _text";

/// `pg_views`
pub(super) const PG_VIEWS: &str = "schemaname name, viewname name, viewowner name, definition text";

/// `columns`
pub(super) const INFORMATION_COLUMNS: &str = "table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, \
     column_default varchar, is_nullable varchar, data_type varchar, character_maximum_length int4, \
     character_octet_length int4, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, \
     datetime_precision int4, interval_type varchar, interval_precision int4, character_set_catalog name, \
     character_set_schema name, character_set_name name, collation_catalog name, collation_schema name, \
     collation_name name, domain_catalog name, domain_schema name, domain_name name, udt_catalog name, \
     udt_schema name, udt_name name, scope_catalog name, scope_schema name, scope_name name, \
     maximum_cardinality int4, dtd_identifier name, is_self_referencing varchar, is_identity varchar, \
     identity_generation varchar, identity_start varchar, identity_increment varchar, \
     identity_maximum varchar, identity_minimum varchar, identity_cycle varchar, is_generated varchar, \
     generation_expression varchar, is_updatable varchar";

/// `constraint_column_usage`
pub(super) const INFORMATION_CONSTRAINT_COLUMN_USAGE: &str = "table_catalog name, table_schema name, table_name name, column_name name, constraint_catalog name, \
     constraint_schema name, constraint_name name";

/// `key_column_usage`
pub(super) const INFORMATION_KEY_COLUMN_USAGE: &str = "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, \
     table_schema name, table_name name, column_name name, ordinal_position int4, \
     position_in_unique_constraint int4";

/// `referential_constraints`
pub(super) const INFORMATION_REFERENTIAL_CONSTRAINTS: &str = "constraint_catalog name, constraint_schema name, constraint_name name, unique_constraint_catalog name, \
     unique_constraint_schema name, unique_constraint_name name, match_option varchar, update_rule varchar, \
     delete_rule varchar";

/// `schemata`
pub(super) const INFORMATION_SCHEMATA: &str = "catalog_name name, schema_name name, schema_owner name, default_character_set_catalog name, \
     default_character_set_schema name, default_character_set_name name, sql_path varchar";

/// `sequences`
pub(super) const INFORMATION_SEQUENCES: &str = "sequence_catalog name, sequence_schema name, sequence_name name, data_type varchar, \
     numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, start_value varchar, \
     minimum_value varchar, maximum_value varchar, increment varchar, cycle_option varchar";

/// `table_constraints`
pub(super) const INFORMATION_TABLE_CONSTRAINTS: &str = "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, \
     table_schema name, table_name name, constraint_type varchar, is_deferrable varchar, \
     initially_deferred varchar, enforced varchar, nulls_distinct varchar";

/// `tables`
pub(super) const INFORMATION_TABLES: &str = "table_catalog name, table_schema name, table_name name, table_type varchar, \
     self_referencing_column_name name, reference_generation varchar, user_defined_type_catalog name, \
     user_defined_type_schema name, user_defined_type_name name, is_insertable_into varchar, \
     is_typed varchar, commit_action varchar";

/// `views`
pub(super) const INFORMATION_VIEWS: &str = "table_catalog name, table_schema name, table_name name, view_definition varchar, check_option varchar, \
     is_updatable varchar, is_insertable_into varchar, is_trigger_updatable varchar, \
     is_trigger_deletable varchar, is_trigger_insertable_into varchar";

/// `pg_default_acl`
pub(super) const PG_DEFAULT_ACL: &str =
    "oid oid!, defaclrole oid!, defaclnamespace oid!, defaclobjtype char!, defaclacl _aclitem!";

/// `pg_foreign_data_wrapper`
pub(super) const PG_FOREIGN_DATA_WRAPPER: &str = "oid oid!, fdwname name!, fdwowner oid!, fdwhandler oid!, fdwvalidator oid!, fdwacl _aclitem, \
     fdwoptions _text";

/// `pg_largeobject_metadata`
pub(super) const PG_LARGEOBJECT_METADATA: &str = "oid oid!, lomowner oid!, lomacl _aclitem";

/// `pg_prepared_xacts`
pub(super) const PG_PREPARED_XACTS: &str =
    "transaction xid, gid text, prepared timestamptz, owner name, database name";

/// `pg_subscription`
pub(super) const PG_SUBSCRIPTION: &str = "oid oid!, subdbid oid!, subskiplsn pg_lsn!, subname name!, subowner oid!, subenabled bool!, \
     subbinary bool!, substream char!, subtwophasestate char!, subdisableonerr bool!, \
     subpasswordrequired bool!, subrunasowner bool!, subfailover bool!, subconninfo text!, \
     subslotname name, subsynccommit text!, subpublications _text!, suborigin text";
