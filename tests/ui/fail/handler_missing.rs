//! A method of the API that nobody handles.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::reporting::account_report::v1::{
    AccountReport, GetAccountReportRequest,
    account_report_service_guard::{AccountReportService, method},
};
use tonic::{Request, Response, Status};

struct Reports;

impl AccountReportService for Reports {
    async fn get_account_report(
        &self,
        _: Authorised<method::GetAccountReport>,
        _: Request<GetAccountReportRequest>,
    ) -> Result<Response<AccountReport>, Status> {
        Ok(Response::new(AccountReport::default()))
    }
}

fn main() {}
