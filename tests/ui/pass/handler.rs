//! The twin of `fail/handler_*`: every method is handled, each with its own access.

use meshauth_runtime::Authorised;
use meshauth_tests::api::meshtrade::reporting::account_report::v1::{
    AccountReport, GetAccountReportRequest, GetExcelAccountReportRequest,
    GetExcelAccountReportResponse,
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
        draw_up();
        Ok(Response::new(AccountReport::default()))
    }

    async fn get_excel_account_report(
        &self,
        _: Authorised<method::GetExcelAccountReport>,
        _: Request<GetExcelAccountReportRequest>,
    ) -> Result<Response<GetExcelAccountReportResponse>, Status> {
        draw_up();
        Ok(Response::new(GetExcelAccountReportResponse::default()))
    }
}

// What two methods share is a function of its own.
fn draw_up() {}

fn main() {}
